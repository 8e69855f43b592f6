import KernelInterface

/// Windows of an image as the columns of a matrix, so that a convolution is a matrix product.
extension Kernels {
  public static func imageToColumns(
    _ windows: Windows, channels: Int, firstRow: Int, rows: Int, image: UnsafePointer<Element>,
    columns: UnsafeMutablePointer<Element>, rowStep: Int
  ) {
    // Windows side by side, as many as the plane has columns: one run goes through all rows.
    let isShift =
      windows.stride.rows == 1 && windows.stride.columns == 1
      && windows.result.columns == windows.plane.columns
    var row = columns
    for c in 0..<channels {
      let plane = image + c &* windows.plane.rows &* windows.plane.columns
      for i in 0..<windows.kernel.rows {
        for j in 0..<windows.kernel.columns {
          if isShift {
            shiftedPlane(windows, i, j, firstRow, rows, plane, row)
          } else {
            sampledPlane(windows, i, j, firstRow, rows, plane, row)
          }
          row += rowStep
        }
      }
    }
  }

  /// y = element (i, j) of each window.
  @inline(__always)
  private static func sampledPlane(
    _ windows: Windows, _ i: Int, _ j: Int, _ firstRow: Int, _ rows: Int, _ plane: UnsafePointer<Element>,
    _ columns: UnsafeMutablePointer<Element>
  ) {
    let width = windows.result.columns
    let shift = planeColumn(windows, 0, j)
    let inside = within(windows.plane.columns, shift, windows.stride.columns, count: width)
    for r in 0..<rows {
      let y = columns + r &* width
      let h = planeRow(windows, firstRow &+ r, i)
      guard 0 <= h && h < windows.plane.rows else {
        for q in 0..<width { y[q] = 0 }
        continue
      }
      let x = plane + (h &* windows.plane.columns &+ shift)
      for q in 0..<inside.start { y[q] = 0 }
      if windows.stride.columns == 1 {
        for q in inside.start..<inside.end { y[q] = x[q] }
      } else {
        for q in inside.start..<inside.end { y[q] = x[q &* windows.stride.columns] }
      }
      for q in inside.end..<width { y[q] = 0 }
    }
  }

  /// The same where it is the plane itself, shifted: the run takes the ends of each row from its neighbours, and zeros
  /// take their place.
  @inline(__always)
  private static func shiftedPlane(
    _ windows: Windows, _ i: Int, _ j: Int, _ firstRow: Int, _ rows: Int, _ plane: UnsafePointer<Element>,
    _ y: UnsafeMutablePointer<Element>
  ) {
    let width = windows.plane.columns
    let (h, shift) = (
      planeRow(windows, firstRow, i), planeColumn(windows, 0, j)
    )
    var inside = within(windows.plane.rows, h, 1, count: rows)
    let (start, end) = within(width, shift, 1, count: width)
    if start == end { inside.end = inside.start }
    for k in 0..<inside.start &* width { y[k] = 0 }
    for k in inside.end &* width..<rows &* width { y[k] = 0 }
    if inside.start == inside.end { return }
    let x = plane + (h &* width &+ shift)
    for k in inside.start &* width &+ start..<(inside.end &- 1) &* width &+ end { y[k] = x[k] }
    for q in 0..<start { for r in inside.start..<inside.end { y[r &* width &+ q] = 0 } }
    for q in end..<width { for r in inside.start..<inside.end { y[r &* width &+ q] = 0 } }
  }

  public static func columnsToImage(
    _ windows: Windows, channels: Int, firstRow: Int, rows: Int, columns: UnsafePointer<Element>,
    rowStep: Int, image: UnsafeMutablePointer<Element>
  ) {
    let width = windows.result.columns
    var row = columns
    for c in 0..<channels {
      let plane = image + c &* windows.plane.rows &* windows.plane.columns
      for i in 0..<windows.kernel.rows {
        for j in 0..<windows.kernel.columns {
          let shift = planeColumn(windows, 0, j)
          let inside = within(windows.plane.columns, shift, windows.stride.columns, count: width)
          for r in 0..<rows {
            let h = planeRow(windows, firstRow &+ r, i)
            guard 0 <= h && h < windows.plane.rows else { continue }
            let y = row + r &* width
            let x = plane + (h &* windows.plane.columns &+ shift)
            if windows.stride.columns == 1 {
              for q in inside.start..<inside.end { x[q] += y[q] }
            } else {
              for q in inside.start..<inside.end { x[q &* windows.stride.columns] += y[q] }
            }
          }
          row += rowStep
        }
      }
    }
  }

  /// Which row of the plane row i of windows (r, ·) is, if it is one.
  @inline(__always)
  static func planeRow(_ windows: Windows, _ r: Int, _ i: Int) -> Int {
    r &* windows.stride.rows &+ i &* windows.dilation.rows &- windows.padding.rows
  }

  /// Which column of the plane column j of windows (·, q) is, if it is one.
  @inline(__always)
  static func planeColumn(_ windows: Windows, _ q: Int, _ j: Int) -> Int {
    q &* windows.stride.columns &+ j &* windows.dilation.columns &- windows.padding.columns
  }

  /// The k in 0 ..< count for which k step + shift is in 0 ..< extent.
  @inline(__always)
  static func within(_ extent: Int, _ shift: Int, _ step: Int, count: Int) -> (start: Int, end: Int) {
    var (start, end) = (max(-shift, 0), max(extent &- shift, 0))
    if step != 1 { (start, end) = ((start &+ step &- 1) / step, (end &+ step &- 1) / step) }
    // At most count, and no run of negative length.
    return (min(start, count), max(min(end, count), min(start, count)))
  }

  public static func copyRows(
    rows: Int, columns: Int, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int
  ) {
    for r in 0..<rows {
      let (from, to) = (x + r &* xStep, y + r &* yStep)
      for c in 0..<columns { to[c] = from[c] }
    }
  }

  public static func addColumnVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let row = matrix + r &* columns
      let summand = vector[r]
      for c in 0..<columns { row[c] += summand }
    }
  }
}
