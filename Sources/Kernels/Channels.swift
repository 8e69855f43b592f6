/// Arrays (samples, channels, places), of which a vector has one element per channel.
extension Kernels {
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
