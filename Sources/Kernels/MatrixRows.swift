import CSupport

/// Functions of the rows of a matrix, and rows picked out of one.
extension Kernels {
  public static func softmax(
    rows: Int, columns: Int, logarithm: Bool, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let (x, y) = (input + r &* columns, output + r &* columns)
      let largest = x[indexOfMaximum(count: columns, x)]
      for c in 0..<columns { y[c] = exp(x[c] - largest) }
      let total = sum(count: columns, y)
      if logarithm {
        let offset = Element(support_log(total))
        for c in 0..<columns { y[c] = (x[c] - largest) - offset }
      } else {
        let factor = Element(1 / total)
        for c in 0..<columns { y[c] *= factor }
      }
    }
  }

  /// dx = y (dy − Σ y dy), and for the logarithm dx = dy − exp(y) Σ dy.
  public static func softmaxBackward(
    rows: Int, columns: Int, logarithm: Bool, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let (y, dy) = (output + r &* columns, outputGradient + r &* columns)
      let dx = inputGradient + r &* columns
      if logarithm {
        let total = Element(sum(count: columns, dy))
        for c in 0..<columns { dx[c] += dy[c] - exp(y[c]) * total }
      } else {
        let mean = Element(dot(count: columns, y, dy))
        for c in 0..<columns { dx[c] = multiplyAdd(y[c], dy[c] - mean, dx[c]) }
      }
    }
  }

  public static func rowMaxima(
    rows: Int, columns: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      var largest = input[r &* columns]
      for c in 1..<max(columns, 1) {
        let x = input[r &* columns &+ c]
        largest = x > largest || x != x ? x : largest
      }
      output[r] = largest
    }
  }

  public static func rowMaximaBackward(
    rows: Int, columns: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let m = indexOfMaximum(count: columns, input + r &* columns)
      inputGradient[r &* columns &+ m] += outputGradient[r]
    }
  }

  public static func gatherRows(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>, table: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let y = output + r &* columns
      if 0 <= indices[r] && indices[r] < Int64(tableRows) {
        let x = table + Int(indices[r]) &* columns
        for c in 0..<columns { y[c] = x[c] }
      } else {
        for c in 0..<columns { y[c] = .nan }
      }
    }
  }

  public static func gatherRowsBackward(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, tableGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows where 0 <= indices[r] && indices[r] < Int64(tableRows) {
      let dy = outputGradient + r &* columns
      let dx = tableGradient + Int(indices[r]) &* columns
      for c in 0..<columns { dx[c] += dy[c] }
    }
  }

  public static func pick(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let index = indices[r]
      let isThere = 0 <= index && index < Int64(columns)
      let picked = isThere ? input[r &* columns &+ Int(index)] : .nan
      output[r] = counts(index, unless: ignored) ? picked : 0
    }
  }

  public static func pickBackward(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows where indices[r] != ignored && 0 <= indices[r] && indices[r] < Int64(columns) {
      inputGradient[r &* columns &+ Int(indices[r])] += outputGradient[r]
    }
  }
}
