/// Arrays (samples, channels, places), of which a vector has one element per channel.
extension Kernels {
  public static func channelAffine(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>, scale: UnsafePointer<Element>,
    shift: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    if places == 1 {
      for s in 0..<samples {
        let (x, y) = (input + s &* channels, output + s &* channels)
        for c in 0..<channels { y[c] = multiplyAdd(x[c], scale[c], shift[c]) }
      }
    } else {
      for s in 0..<samples {
        for c in 0..<channels {
          let start = (s &* channels &+ c) &* places
          let (x, y) = (input + start, output + start)
          let (factor, summand) = (scale[c], shift[c])
          for p in 0..<places { y[p] = multiplyAdd(x[p], factor, summand) }
        }
      }
    }
  }

  public static func channelAffineBackward(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>, scale: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, adds: Bool, inputGradient: UnsafeMutablePointer<Element>?,
    scaleGradient: UnsafeMutablePointer<Element>?, shiftGradient: UnsafeMutablePointer<Element>?
  ) {
    if places == 1, let inputGradient {
      for s in 0..<samples {
        let (dy, dx) = (outputGradient + s &* channels, inputGradient + s &* channels)
        for c in 0..<channels { dx[c] = multiplyAdd(dy[c], scale[c], adds ? dx[c] : 0) }
      }
    }
    // A plane at a time, all that is wanted of it: it is read from memory once.
    let planeGradient = places == 1 ? nil : inputGradient
    // Of 1 KiB: more would be taken from the heap.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 128) { buffer in
      let scaleSums = buffer.baseAddress.unsafelyUnwrapped
      let shiftSums = scaleSums + 64
      for start in stride(from: 0, to: channels, by: 64) {
        let width = min(64, channels &- start)
        for c in 0..<128 { scaleSums[c] = 0 }
        for s in 0..<samples {
          for c in 0..<width {
            let plane = (s &* channels &+ start &+ c) &* places
            let dy = outputGradient + plane
            if let planeGradient {
              let (dx, factor) = (planeGradient + plane, scale[start &+ c])
              if adds {
                for p in 0..<places { dx[p] = multiplyAdd(dy[p], factor, dx[p]) }
              } else {
                for p in 0..<places { dx[p] = dy[p] * factor }
              }
            }
            if scaleGradient != nil { scaleSums[c] += dot(count: places, input + plane, dy) }
            if shiftGradient != nil { shiftSums[c] += sum(count: places, dy) }
          }
        }
        for c in 0..<width {
          if let scaleGradient { scaleGradient[start &+ c] += Element(scaleSums[c]) }
          if let shiftGradient { shiftGradient[start &+ c] += Element(shiftSums[c]) }
        }
      }
    }
  }

  /// By blocks of channels, whose sums stay in the first-level cache, in Double.
  public static func addChannelSums(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>,
    vector: UnsafeMutablePointer<Element>
  ) {
    addChannelSums(samples, channels, vector) { sum(count: places, input + $0 &* places) }
  }

  /// vector[c] += Σ_s term(s channels + c)
  @inline(__always)
  static func addChannelSums(
    _ samples: Int, _ channels: Int, _ vector: UnsafeMutablePointer<Element>, _ term: (Int) -> Double
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 128) { buffer in
      let sums = buffer.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: channels, by: 128) {
        let width = min(128, channels &- start)
        for c in 0..<width { sums[c] = 0 }
        for s in 0..<samples {
          for c in 0..<width { sums[c] += term(s &* channels &+ start &+ c) }
        }
        for c in 0..<width { vector[start &+ c] += Element(sums[c]) }
      }
    }
  }
}
