import KernelInterface

/// Standard normals by Box and Muller (1958): with independent uniform u and v,
/// √(−2 ln u) cos 2πv and √(−2 ln u) sin 2πv are independent normals.
///
/// Which normal comes from which word: the stream is cut in groups of 64 blocks = 256 elements.
/// Element 256 g + 64 q + j comes from block 64 g + j, whose words give
///
///     r₀ from word 0, v₀ from word 1;  r₁ from word 2, v₁ from word 3
///     q = 0: r₀ cos 2πv₀   q = 1: r₀ sin 2πv₀   q = 2: r₁ cos 2πv₁   q = 3: r₁ sin 2πv₁
///
/// with u = (word + 1/2) 2⁻³² and v = word 2⁻³². So an element is a function of its index alone.
extension Kernels {
  /// Elements 256 `group` ..< 256 (`group` + 1) of the stream.
  @inline(never)
  static func normalGroup(
    _ group: Int, stream: RandomStream, values: UnsafeMutablePointer<Element>
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: groupWords) { buffer in
      let words = buffer.baseAddress.unsafelyUnwrapped
      wordGroup(group, stream: stream, words: words)
      for pair in 0..<2 {
        let words = words + 2 &* groupBlocks &* pair
        let values = values + 2 &* groupBlocks &* pair
        for j in 0..<groupBlocks {
          let radius = squareRoot(2 * minusLog(uniform: words[j]))
          let (cosine, sine) = cosineSine(turns: words[j &+ groupBlocks])
          values[j] = radius * cosine
          values[j &+ groupBlocks] = radius * sine
        }
      }
    }
  }

  /// The stream's normals by themselves; an update makes them as it goes.
  package static func normals(
    count: Int, stream: RandomStream, values: UnsafeMutablePointer<Element>
  ) {
    let groups = count / groupWords
    for group in 0..<groups {
      normalGroup(group, stream: stream, values: values + group &* groupWords)
    }
    let done = groups &* groupWords
    if done == count { return }
    withGroupBuffer { rest in
      normalGroup(groups, stream: stream, values: rest)
      (values + done).update(from: rest, count: count &- done)
    }
  }

  /// Room for the elements of one group on the stack. (`withUnsafeTemporaryAllocation` may turn to the heap
  /// above 1 KB.)
  @inline(__always)
  static func withGroupBuffer(_ body: (UnsafeMutablePointer<Element>) -> Void) {
    var storage = InlineArray<256, Element>(repeating: 0)
    var span = storage.mutableSpan
    span.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
  }
}
