import KernelInterface
import TensorCore

/// A rule that moves a chain, given the gradient of the loss where it is.
public protocol Sampler<Element>: Sendable {
  associatedtype Element: Scalar
  /// One step: reads `state.gradient` (of the mean minibatch loss at `state.parameters`), moves
  /// `state.displacement` and `state.parameters`, with the noise of `stream`. With `keepingMove` the
  /// change of the displacement is left in `state.move`.
  func step(_ state: ChainState<Element>, stream: RandomStream, keepingMove: Bool)
  /// The log of the Metropolis–Hastings ratio of the last move, which `state.move` holds, as a proposal;
  /// `losses` are the mean minibatch losses before and after it, `slopes` the products of the move with the
  /// loss gradients before and after, and `norms` come from `squaredNorm`.
  func logAcceptance(
    losses: (before: Double, after: Double), slopes: (before: Double, after: Double),
    norms: (before: Double, after: Double)
  ) -> Double
  /// ∇Uᵀ A ∇U, with U the potential that the sampler moves in and A its preconditioner; before the
  /// last move, or after it. Overwrites `state.gradient` by ∇U.
  func squaredNorm(_ state: ChainState<Element>, beforeMove: Bool) -> Double
}
