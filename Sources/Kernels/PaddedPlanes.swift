import KernelInterface

extension Kernels {
  public static func fillPlanes(
    _ padded: PaddedPlanes, channels: Int, image: UnsafePointer<Element>, copy: UnsafeMutablePointer<Element>
  ) {
    var phase = copy
    for c in 0..<channels {
      let plane = image + c &* padded.plane.rows &* padded.plane.columns
      for a in 0..<padded.phases.rows {
        let rows = within(
          padded.plane.rows, a &- padded.before.rows, padded.step.rows, count: padded.extent.rows)
        for b in 0..<padded.phases.columns {
          let shift = b &- padded.before.columns
          let columns = within(
            padded.plane.columns, shift, padded.step.columns, count: padded.extent.columns)
          copyRows(
            rows.end &- rows.start, columns.end &- columns.start,
            from: plane
              + ((rows.start &* padded.step.rows &+ a &- padded.before.rows) &* padded.plane.columns &+ shift
                &+ columns.start &* padded.step.columns),
            rowStep: padded.step.rows &* padded.plane.columns, columnStep: padded.step.columns,
            to: phase + (rows.start &* padded.pitch &+ columns.start), step: padded.pitch)
          phase += padded.phaseCount
        }
      }
    }
  }

  /// y[r step + c] = x[r rowStep + c columnStep]
  @inline(__always)
  private static func copyRows(
    _ rows: Int, _ columns: Int, from x: UnsafePointer<Element>, rowStep: Int, columnStep: Int,
    to y: UnsafeMutablePointer<Element>, step: Int
  ) {
    var (x, y) = (x, y)
    switch columnStep {
    case 1:
      for _ in 0..<rows {
        var c = 0
        while c &+ 8 <= columns {
          storeEight(loadEight(x + c), to: y + c)
          c &+= 8
        }
        while c < columns {
          y[c] = x[c]
          c &+= 1
        }
        x += rowStep
        y += step
      }
    case 2:
      for _ in 0..<rows {
        for c in 0..<columns { y[c] = x[2 &* c] }
        x += rowStep
        y += step
      }
    default:
      for _ in 0..<rows {
        for c in 0..<columns { y[c] = x[c &* columnStep] }
        x += rowStep
        y += step
      }
    }
  }
}
