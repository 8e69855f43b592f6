import KernelInterface

/// Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC11 (2011), section 4.3.
extension Kernels {
  /// Words are made for `groupBlocks` counters at a time, so that the loop over them vectorises.
  static var groupBlocks: Int { 64 }
  static var groupWords: Int { 4 * groupBlocks }
  public static var noiseBlock: Int { groupWords }

  /// The four words at one counter.
  @inline(__always)
  package static func philox(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (x0, x1, x2, x3) = counter
    var (key0, key1) = key
    for _ in 0..<10 {
      let product0 = UInt64(x0) &* 0xD251_1F53
      let product2 = UInt64(x2) &* 0xCD9E_8D57
      x0 = UInt32(truncatingIfNeeded: product2 &>> 32) ^ x1 ^ key0
      x1 = UInt32(truncatingIfNeeded: product2)
      x2 = UInt32(truncatingIfNeeded: product0 &>> 32) ^ x3 ^ key1
      x3 = UInt32(truncatingIfNeeded: product0)
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return (x0, x1, x2, x3)
  }

  /// Blocks 64 `group` ..< 64 (`group` + 1) of the stream, word k of block 64 `group` + j at
  /// `words[64 k + j]`.
  @inline(__always)
  static func wordGroup(_ group: Int, stream: RandomStream, words: UnsafeMutablePointer<UInt32>) {
    let first = UInt32(truncatingIfNeeded: group &* groupBlocks)
    let (step, purpose, chain) = stream.counter
    let key = stream.key
    for j in 0..<groupBlocks {
      let block = first &+ UInt32(truncatingIfNeeded: j)
      let (x0, x1, x2, x3) = philox(counter: (block, step, purpose, chain), key: key)
      words[j] = x0
      words[j &+ groupBlocks] = x1
      words[j &+ 2 &* groupBlocks] = x2
      words[j &+ 3 &* groupBlocks] = x3
    }
  }

  public static func randomWords(
    count: Int, stream: RandomStream, words: UnsafeMutablePointer<UInt32>
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: groupWords) { buffer in
      let group = buffer.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: count, by: groupWords) {
        wordGroup(start / groupWords, stream: stream, words: group)
        for i in 0..<min(groupWords, count &- start) {
          words[start &+ i] = group[(i & 3) &* groupBlocks &+ i &>> 2]
        }
      }
    }
  }
}
