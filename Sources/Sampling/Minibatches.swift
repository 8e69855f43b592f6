import KernelDispatch
import KernelInterface
import TensorCore

/// The minibatches of one chain: with replacement each is drawn by itself, else in epochs. An epoch is a fresh random
/// order of the samples, cut into batches, of which the last holds what is left. A batch of all samples is the data
/// set in its own order.
///
/// An epoch's order is made as it is used: batch by batch, positions p are swapped with uniformly chosen
/// positions q ≥ p (Fisher & Yates). Starting from whatever order the last epoch left is as uniform as starting
/// anew, and no step waits for a whole shuffle.
public struct Minibatches: ~Copyable {
  public let sampleCount: Int
  public let batchSize: Int
  private let withReplacement: Bool
  private var seed: UInt64 = 0
  private var chain: UInt32 = 0
  /// Batches drawn so far, which numbers the stream of the next one.
  private var drawn: UInt64 = 0
  /// Samples of this epoch already used.
  private var position = 0
  /// The samples in this epoch's order, and behind them the random words of one batch; both empty for full batches.
  private let memory: Memory<UInt32>
  private let orderCount: Int

  public init(sampleCount: Int, batchSize: Int, withReplacement: Bool = false) throws(OutOfMemory) {
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    self.withReplacement = withReplacement
    let isFull = batchSize == sampleCount
    orderCount = isFull ? 0 : withReplacement ? batchSize : sampleCount
    memory = try Memory(count: isFull ? 0 : orderCount + 2 * batchSize)
  }

  /// Begins the stream of another chain.
  public mutating func restart(seed: UInt64, chain: UInt32) {
    self.seed = seed
    self.chain = chain
    drawn = 0
    position = 0
    if withReplacement { return }
    for i in 0..<orderCount { memory.pointer[i] = UInt32(truncatingIfNeeded: i) }
  }

  /// As if so many more had been drawn.
  mutating func skip(_ count: Int) {
    if withReplacement || batchSize == sampleCount {
      drawn += UInt64(count)
    } else {
      for _ in 0..<count { _ = next() }
    }
  }

  /// The next batch, valid until the next call.
  public mutating func next() -> Rows {
    if batchSize == sampleCount { return .range(start: 0, count: sampleCount) }
    let order = memory.pointer
    let words = memory.pointer + orderCount
    let stream = RandomStream(seed: seed, chain: chain, purpose: .minibatch, step: drawn)
    if withReplacement {
      drawn += 1
      return independent(from: stream, samples: sampleCount, count: batchSize, rows: order, words: words)
    }
    let count = min(batchSize, sampleCount - position)
    floatKernels.randomWords(count: 2 * count, stream: stream, words: words)
    for i in 0..<count {
      let p = position + i
      let q = p + uniform(below: sampleCount - p, from: words + 2 * i)
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

/// Minibatches for the losses of draws: each is drawn by itself, uniformly and with replacement, and so knows nothing
/// of the batches that have moved the chain.
public struct DrawBatches: ~Copyable {
  private let sampleCount: Int
  private let batchSize: Int
  /// The samples of one batch, and behind them its random words.
  private let memory: Memory<UInt32>

  public init(sampleCount: Int, batchSize: Int) throws(OutOfMemory) {
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    memory = try Memory(count: 3 * batchSize)
  }

  /// The batch for the draw at `step` of a chain, valid until the next call.
  public func batch(seed: UInt64, chain: UInt32, step: Int) -> Rows {
    let stream = RandomStream(seed: seed, chain: chain, purpose: .drawBatch, step: UInt64(step))
    return independent(
      from: stream, samples: sampleCount, count: batchSize, rows: memory.pointer,
      words: memory.pointer + batchSize)
  }
}

/// So many samples, each uniform and independent of the others, in `rows`; `words` is room for twice as many random
/// words.
private func independent(
  from stream: RandomStream, samples: Int, count: Int, rows: UnsafeMutablePointer<UInt32>,
  words: UnsafeMutablePointer<UInt32>
) -> Rows {
  floatKernels.randomWords(count: 2 * count, stream: stream, words: words)
  for i in 0..<count {
    rows[i] = UInt32(truncatingIfNeeded: uniform(below: samples, from: words + 2 * i))
  }
  return .indices(UnsafePointer(rows), count: count)
}

/// A whole number in 0 ..< limit from two random words: the high half of random · limit, uniform up to a bias below
/// 2⁻³² (Lemire 2019).
private func uniform(below limit: Int, from words: UnsafePointer<UInt32>) -> Int {
  let random = UInt64(words[0]) << 32 | UInt64(words[1])
  return Int(truncatingIfNeeded: random.multipliedFullWidth(by: UInt64(limit)).high)
}
