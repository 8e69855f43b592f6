import KernelDispatch
import KernelInterface
import TensorCore

/// The minibatches of one chain: each epoch is a fresh random order of the samples, cut into batches; the
/// last of an epoch holds what is left. A batch of all samples is the data set in its own order.
///
/// An epoch's order is made as it is used: batch by batch, positions p are swapped with uniformly chosen
/// positions q ≥ p (Fisher & Yates). Starting from whatever order the last epoch left is as uniform as starting
/// anew, and no step waits for a whole shuffle.
public struct Minibatches: ~Copyable {
  public let sampleCount: Int
  public let batchSize: Int
  private var seed: UInt64 = 0
  private var chain: UInt32 = 0
  /// Batches drawn so far, which numbers the stream of the next one.
  private var drawn: UInt64 = 0
  /// Samples of this epoch already used.
  private var position = 0
  /// The samples in this epoch's order, and behind them the random words of one batch; both empty for full batches.
  private let memory: Memory<UInt32>
  private let orderCount: Int

  public init(sampleCount: Int, batchSize: Int) throws(OutOfMemory) {
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    orderCount = batchSize == sampleCount ? 0 : sampleCount
    memory = try Memory(count: orderCount == 0 ? 0 : sampleCount + 2 * batchSize)
  }

  /// Begins the stream of another chain.
  public mutating func restart(seed: UInt64, chain: UInt32) {
    self.seed = seed
    self.chain = chain
    drawn = 0
    position = 0
    for i in 0..<orderCount { memory.pointer[i] = UInt32(truncatingIfNeeded: i) }
  }

  /// The next batch, valid until the next call.
  public mutating func next() -> Rows {
    if batchSize == sampleCount { return .range(start: 0, count: sampleCount) }
    let order = memory.pointer
    let words = memory.pointer + sampleCount
    let count = min(batchSize, sampleCount - position)
    let stream = RandomStream(seed: seed, chain: chain, purpose: .minibatch, step: drawn)
    floatKernels.randomWords(count: 2 * count, stream: stream, words: words)
    for i in 0..<count {
      let p = position + i
      let random = UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])
      // The high half of random · range is uniform on 0 ..< range, up to a bias below 2⁻³².
      let q = p + Int(truncatingIfNeeded: random.multipliedFullWidth(by: UInt64(sampleCount - p)).high)
      let chosen = order[q]
      order[q] = order[p]
      order[p] = chosen
    }
    let batch = Rows.indices(UnsafePointer(order + position), count: count)
    position = position + count == sampleCount ? 0 : position + count
    drawn += 1
    return batch
  }
}
