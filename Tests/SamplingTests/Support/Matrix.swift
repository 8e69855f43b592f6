/// A small dense matrix.
struct Matrix: Equatable {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(rows: Int, columns: Int, _ values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init(rows: Int, columns: Int, of element: (Int, Int) -> Double) {
    self.init(rows: rows, columns: columns, (0..<rows * columns).map { element($0 / columns, $0 % columns) })
  }

  init(diagonal: [Double]) {
    self.init(rows: diagonal.count, columns: diagonal.count) { $0 == $1 ? diagonal[$0] : 0 }
  }

  /// [[a, b], [c, d]]
  init(blocks a: Matrix, _ b: Matrix, _ c: Matrix, _ d: Matrix) {
    self.init(rows: a.rows + c.rows, columns: a.columns + b.columns) { i, j in
      let (left, right) = i < a.rows ? (a, b) : (c, d)
      let row = i < a.rows ? i : i - a.rows
      return j < a.columns ? left[row, j] : right[row, j - a.columns]
    }
  }

  static func identity(_ n: Int, times factor: Double = 1) -> Matrix {
    Matrix(diagonal: [Double](repeating: factor, count: n))
  }

  subscript(i: Int, j: Int) -> Double { values[i * columns + j] }
  var transpose: Matrix { Matrix(rows: columns, columns: rows) { self[$1, $0] } }
  var trace: Double { (0..<rows).reduce(0) { $0 + self[$1, $1] } }
  var diagonal: [Double] { (0..<rows).map { self[$0, $0] } }
  /// The first n rows and columns.
  func leading(_ n: Int) -> Matrix { Matrix(rows: n, columns: n) { self[$0, $1] } }

  static func + (a: Matrix, b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, zip(a.values, b.values).map { $0 + $1 })
  }
  static func - (a: Matrix, b: Matrix) -> Matrix { a + -1 * b }
  static func * (factor: Double, a: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, a.values.map { factor * $0 })
  }
  static func * (a: Matrix, b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: b.columns) { i, j in
      (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
    }
  }

  /// Of a symmetric positive definite matrix, by Gauss and Jordan.
  var inverse: Matrix {
    var left = (0..<rows).map { i in (0..<rows).map { self[i, $0] } }
    var right = (0..<rows).map { i in (0..<rows).map { $0 == i ? 1.0 : 0 } }
    for pivot in 0..<rows {
      let scale = 1 / left[pivot][pivot]
      for j in 0..<rows {
        left[pivot][j] *= scale
        right[pivot][j] *= scale
      }
      for i in 0..<rows where i != pivot {
        let factor = left[i][pivot]
        for j in 0..<rows {
          left[i][j] -= factor * left[pivot][j]
          right[i][j] -= factor * right[pivot][j]
        }
      }
    }
    return Matrix(rows: rows, columns: rows, right.flatMap(\.self))
  }
}
