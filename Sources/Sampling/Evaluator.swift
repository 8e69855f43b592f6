import TensorCore

/// Evaluates a potential for chains, one after another, on one thread.
final class Evaluator<T: Scalar> {
  let potential: any Potential<T>
  /// Loss of each sample of the minibatch.
  private let losses: Memory<Double>

  init(_ potential: any Potential<T>, batchSize: Int) throws(OutOfMemory) {
    self.potential = potential
    losses = try Memory(count: batchSize)
  }

  /// Of the samples that were looked at last.
  var lastLosses: UnsafePointer<Double> { UnsafePointer(losses.pointer) }

  /// The mean loss of these rows where the chain is, and its gradient, which the chain is given.
  func gradient(of rows: Rows, for chain: Chain<T>) -> Double {
    potential.gradient(of: rows, at: chain.parameters, losses: losses.pointer, into: chain.gradient)
    return mean(losses.pointer, rows.count)
  }

  /// The mean loss of these rows where the chain is.
  func loss(of rows: Rows, for chain: Chain<T>) -> Double { loss(of: rows, at: chain.parameters) }

  func loss(of rows: Rows, at parameters: UnsafePointer<T>) -> Double {
    potential.losses(of: rows, at: parameters, into: losses.pointer)
    return mean(losses.pointer, rows.count)
  }
}
