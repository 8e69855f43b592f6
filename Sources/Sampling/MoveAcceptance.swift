import Glibc
import TensorCore

extension ChainRunner {
  /// The Metropolis acceptance of the move just made, both sides on the same minibatch. Costs one more gradient,
  /// and leaves the chain as it is.
  func moveAcceptance(on rows: Rows, lossBefore: Double) -> Double {
    guard let move = state.move else { return .nan }
    let slopeBefore = Element.kernels.dot(count: state.dimension, move, state.gradient)
    let normBefore = sampler.squaredNorm(state, beforeMove: true)
    potential.gradient(of: rows, at: state.parameters, losses: losses.pointer, into: state.gradient)
    let slopeAfter = Element.kernels.dot(count: state.dimension, move, state.gradient)
    let normAfter = sampler.squaredNorm(state, beforeMove: false)
    let logAcceptance = sampler.logAcceptance(
      losses: (lossBefore, mean(losses.pointer, rows.count)), slopes: (slopeBefore, slopeAfter),
      norms: (normBefore, normAfter))
    // A move to where the loss is not finite would never be accepted.
    return logAcceptance.isNaN ? 0 : min(1, exp(logAcceptance))
  }
}
