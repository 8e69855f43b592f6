import TensorCore

/// Evaluates a potential for chains, one after another, on one thread.
final class Evaluator<T: Scalar> {
  let potential: any Potential<T>
  private let drawBatches: DrawBatches
  /// Loss of each sample of the minibatch.
  private let losses: Memory<Double>

  init(_ potential: any Potential<T>, batchSize: Int) throws {
    self.potential = potential
    drawBatches = try DrawBatches(sampleCount: potential.sampleCount, batchSize: batchSize)
    losses = try Memory(count: batchSize)
  }

  /// The mean loss of these rows where the chain is, and its gradient, which the chain is given.
  func gradient(of rows: Rows, for chain: Chain<T>) -> Double {
    potential.gradient(of: rows, at: chain.parameters, losses: losses.pointer, into: chain.gradient)
    return mean(losses.pointer, rows.count)
  }

  /// The mean loss of these rows where the chain is.
  func loss(of rows: Rows, for chain: Chain<T>) -> Double {
    potential.losses(of: rows, at: chain.parameters, into: losses.pointer)
    return mean(losses.pointer, rows.count)
  }

  /// A minibatch that knows nothing of those which have moved the chain, valid until the next call; nil where every batch
  /// is of all samples.
  func independentBatch(for chain: Chain<T>) -> Rows? {
    if chain.batch.count == potential.sampleCount { return nil }
    return drawBatches.batch(seed: chain.seed, chain: chain.number, step: chain.step)
  }
}
