import KernelInterface

extension Kernels {
  public static func padPlanes(
    _ padded: PaddedPlanes, channels: Int, image: UnsafePointer<Element>, copy: UnsafeMutablePointer<Element>
  ) {
    var phase = copy
    for c in 0..<channels {
      let plane = image + c &* padded.plane.rows &* padded.plane.columns
      for a in 0..<padded.phases.rows {
        for b in 0..<padded.phases.columns {
          let shift = b &- padded.before.columns
          for u in 0..<padded.extent.rows {
            let row = u &* padded.step.rows &+ a &- padded.before.rows
            let count = u == padded.extent.rows &- 1 ? padded.extent.columns : padded.pitch
            let y = phase + u &* padded.pitch
            if row < 0 || row >= padded.plane.rows {
              for v in 0..<count { y[v] = 0 }
            } else {
              padRow(
                within(padded.plane.columns, shift, padded.step.columns, count: count),
                plane + (row &* padded.plane.columns &+ shift), step: padded.step.columns, y, count)
            }
          }
          phase += padded.phaseCount
        }
      }
    }
  }

  /// y[v] = x[v step] inside, 0 elsewhere.
  @inline(__always)
  private static func padRow(
    _ inside: (start: Int, end: Int), _ x: UnsafePointer<Element>, step: Int,
    _ y: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    for v in 0..<inside.start { y[v] = 0 }
    switch step {
    case 1:
      var v = inside.start
      while v &+ 8 <= inside.end {
        UnsafeMutableRawPointer(y + v).storeBytes(
          of: UnsafeRawPointer(x + v).loadUnaligned(as: SIMD8<Element>.self), as: SIMD8<Element>.self)
        v &+= 8
      }
      while v < inside.end {
        y[v] = x[v]
        v &+= 1
      }
    case 2: for v in inside.start..<inside.end { y[v] = x[2 &* v] }
    default: for v in inside.start..<inside.end { y[v] = x[v &* step] }
    }
    for v in inside.end..<count { y[v] = 0 }
  }
}
