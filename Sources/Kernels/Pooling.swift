import KernelInterface

/// Windows of planes, each made one element.
extension Kernels {
  /// Element (i, j) of all windows at a time, so that the loop goes along a row.
  public static func maxPool(
    _ windows: Windows, planes: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    if isHalving(windows) {
      halve(windows, planes, input, output)
      return
    }
    let (extent, results) = (windows.plane, windows.result)
    for k in 0..<planes &* results.rows &* results.columns { output[k] = -.infinity }
    for p in 0..<planes {
      let plane = input + p &* extent.rows &* extent.columns
      let result = output + p &* results.rows &* results.columns
      for i in 0..<windows.kernel.rows {
        let rows = within(extent.rows, planeRow(windows, 0, i), windows.stride.rows, count: results.rows)
        for j in 0..<windows.kernel.columns {
          let shift = planeColumn(windows, 0, j)
          let columns = within(extent.columns, shift, windows.stride.columns, count: results.columns)
          for r in rows.start..<rows.end {
            let x = plane + (planeRow(windows, r, i) &* extent.columns &+ shift)
            let y = result + r &* results.columns
            switch windows.stride.columns {
            case 1: raise(columns, x, 1, y)
            case 2: raise(columns, x, 2, y)
            default: raise(columns, x, windows.stride.columns, y)
            }
          }
        }
      }
    }
  }

  /// The usual windows, of two by two elements, side by side: with extents that are known when this is compiled.
  @inline(__always)
  private static func isHalving(_ windows: Windows) -> Bool {
    windows.kernel == (2, 2) && windows.stride == (2, 2) && windows.padding == (0, 0)
      && windows.dilation == (1, 1)
  }

  @inline(__always)
  private static func halving(_ windows: Windows) -> Windows {
    Windows(
      plane: windows.plane, kernel: (2, 2), stride: (2, 2), padding: (0, 0), dilation: (1, 1),
      result: windows.result)
  }

  @inline(__always)
  private static func halve(
    _ windows: Windows, _ planes: Int, _ input: UnsafePointer<Element>,
    _ output: UnsafeMutablePointer<Element>
  ) {
    var y = output
    for p in 0..<planes {
      for r in 0..<windows.result.rows {
        let x = input + (p &* windows.plane.rows &+ 2 &* r) &* windows.plane.columns
        let next = x + windows.plane.columns
        for q in 0..<windows.result.columns {
          y[q] = larger(larger(x[2 &* q], x[2 &* q &+ 1]), larger(next[2 &* q], next[2 &* q &+ 1]))
        }
        y += windows.result.columns
      }
    }
  }

  /// A NaN is the largest.
  @inline(__always)
  private static func larger(_ old: Element, _ new: Element) -> Element {
    new > old || new != new ? new : old
  }

  /// y[q] = the larger one of y[q] and x[q step]; a NaN is the largest.
  @inline(__always)
  private static func raise(
    _ range: (start: Int, end: Int), _ x: UnsafePointer<Element>, _ step: Int,
    _ y: UnsafeMutablePointer<Element>
  ) {
    for q in range.start..<range.end {
      y[q] = larger(y[q], x[q &* step])
    }
  }

  public static func maxPoolBackward(
    _ windows: Windows, planes: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    if isHalving(windows) {
      scatter(halving(windows), planes, input, outputGradient, inputGradient)
    } else {
      scatter(windows, planes, input, outputGradient, inputGradient)
    }
  }

  @inline(__always)
  private static func scatter(
    _ windows: Windows, _ planes: Int, _ input: UnsafePointer<Element>,
    _ outputGradient: UnsafePointer<Element>, _ inputGradient: UnsafeMutablePointer<Element>
  ) {
    forEachWindow(windows, planes) { window, plane, rows, columns in
      var largest = -Element.infinity
      // All elements may be −∞.
      var place =
        planeRow(windows, window.r, rows.start) &* windows.plane.columns
        &+ planeColumn(windows, window.q, columns.start)
      for i in rows.start..<rows.end {
        let row = planeRow(windows, window.r, i) &* windows.plane.columns
        for j in columns.start..<columns.end {
          let at = row &+ planeColumn(windows, window.q, j)
          let x = input[plane &+ at]
          let isLarger = x > largest || x != x
          place = isLarger ? at : place
          largest = isLarger ? x : largest
        }
      }
      inputGradient[plane &+ place] += outputGradient[window.index]
    }
  }

  public static func averagePool(
    _ windows: Windows, planes: Int, countsPadding: Bool, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>
  ) {
    forEachWindow(windows, planes) { window, plane, rows, columns in
      var total = 0.0
      for i in rows.start..<rows.end {
        let row = plane &+ planeRow(windows, window.r, i) &* windows.plane.columns
        for j in columns.start..<columns.end {
          total += Double(input[row &+ planeColumn(windows, window.q, j)])
        }
      }
      output[window.index] = Element(total / averaged(windows, countsPadding, rows, columns))
    }
  }

  public static func averagePoolBackward(
    _ windows: Windows, planes: Int, countsPadding: Bool, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    forEachWindow(windows, planes) { window, plane, rows, columns in
      let share = Element(
        Double(outputGradient[window.index]) / averaged(windows, countsPadding, rows, columns))
      for i in rows.start..<rows.end {
        let row = plane &+ planeRow(windows, window.r, i) &* windows.plane.columns
        for j in columns.start..<columns.end {
          inputGradient[row &+ planeColumn(windows, window.q, j)] += share
        }
      }
    }
  }

  /// How many elements a window's average is of.
  @inline(__always)
  private static func averaged(
    _ windows: Windows, _ countsPadding: Bool, _ rows: (start: Int, end: Int),
    _ columns: (start: Int, end: Int)
  ) -> Double {
    countsPadding
      ? Double(windows.kernel.rows &* windows.kernel.columns)
      : Double((rows.end &- rows.start) &* (columns.end &- columns.start))
  }

  /// Each window, where its plane begins, and which of its rows and columns are not padding.
  @inline(__always)
  private static func forEachWindow(
    _ windows: Windows, _ planes: Int,
    _ body: (
      _ window: (index: Int, r: Int, q: Int), _ plane: Int, _ rows: (start: Int, end: Int),
      _ columns: (start: Int, end: Int)
    ) -> Void
  ) {
    let (extent, results) = (windows.plane, windows.result)
    let isInside = windows.padding == (0, 0)
    for p in 0..<planes {
      for r in 0..<results.rows {
        let rows =
          isInside
          ? (0, windows.kernel.rows)
          : within(extent.rows, planeRow(windows, r, 0), windows.dilation.rows, count: windows.kernel.rows)
        for q in 0..<results.columns {
          let columns =
            isInside
            ? (0, windows.kernel.columns)
            : within(
              extent.columns, planeColumn(windows, q, 0), windows.dilation.columns,
              count: windows.kernel.columns)
          body(
            ((p &* results.rows &+ r) &* results.columns &+ q, r, q), p &* extent.rows &* extent.columns,
            rows,
            columns)
        }
      }
    }
  }
}
