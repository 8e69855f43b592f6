/// Transposed copies, by squares of eight in registers.
extension Kernels {
  /// y[c yStep + r] = x[r xStep + c], and where it `adds`, += that.
  @inline(__always)
  static func transpose(
    rows: Int, columns: Int, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int, adds: Bool = false
  ) {
    let (squareRows, squareColumns) = (rows & ~7, columns & ~7)
    for r in stride(from: 0, to: squareRows, by: 8) {
      for c in stride(from: 0, to: squareColumns, by: 8) {
        transposeSquare(x + (r &* xStep &+ c), xStep, y + (c &* yStep &+ r), yStep, adds)
      }
      for c in squareColumns..<columns {
        for k in r..<r &+ 8 { transposeElement(x + (k &* xStep &+ c), y + (c &* yStep &+ k), adds) }
      }
    }
    for c in 0..<columns {
      for r in squareRows..<rows { transposeElement(x + (r &* xStep &+ c), y + (c &* yStep &+ r), adds) }
    }
  }

  @inline(__always)
  private static func transposeElement(
    _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ adds: Bool
  ) {
    y[0] = adds ? y[0] + x[0] : x[0]
  }

  @inline(__always)
  private static func transposeSquare(
    _ x: UnsafePointer<Element>, _ xStep: Int, _ y: UnsafeMutablePointer<Element>, _ yStep: Int, _ adds: Bool
  ) {
    let rows: Square = (
      loadEight(x), loadEight(x + xStep), loadEight(x + 2 &* xStep), loadEight(x + 3 &* xStep),
      loadEight(x + 4 &* xStep), loadEight(x + 5 &* xStep), loadEight(x + 6 &* xStep),
      loadEight(x + 7 &* xStep)
    )
    let columns = interleaved(interleaved(interleaved(rows)))
    write(columns.0, y, adds)
    write(columns.1, y + yStep, adds)
    write(columns.2, y + 2 &* yStep, adds)
    write(columns.3, y + 3 &* yStep, adds)
    write(columns.4, y + 4 &* yStep, adds)
    write(columns.5, y + 5 &* yStep, adds)
    write(columns.6, y + 6 &* yStep, adds)
    write(columns.7, y + 7 &* yStep, adds)
  }

  @inline(__always)
  private static func write(_ values: Eight, _ y: UnsafeMutablePointer<Element>, _ adds: Bool) {
    storeEight(adds ? loadEight(y) + values : values, to: y)
  }

  private typealias Square = (Eight, Eight, Eight, Eight, Eight, Eight, Eight, Eight)

  /// The elements of rows 0 ... 3 between those of rows 4 ... 7, each row's with those of the fourth after it. Three times
  /// that is the transpose.
  @inline(__always)
  private static func interleaved(_ x: Square) -> Square {
    (
      low(x.0, x.4), high(x.0, x.4), low(x.1, x.5), high(x.1, x.5),
      low(x.2, x.6), high(x.2, x.6), low(x.3, x.7), high(x.3, x.7)
    )
  }

  @inline(__always)
  private static func low(_ a: Eight, _ b: Eight) -> Eight {
    Eight(a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3])
  }

  @inline(__always)
  private static func high(_ a: Eight, _ b: Eight) -> Eight {
    Eight(a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7])
  }
}
