import KernelInterface
import TensorCore

/// SGLD with the preconditioner A of RMSProp (Li et al. 2016; see `AdaptivePreconditioner`):
///
///     w ← w − (lr/2) A ∇U(w) + √(lr A) noiseLevel z
///
/// In Hitchcock & Hoogland (arXiv 2507.21449) v begins at 1 and is corrected; in devinterp 1.3.2 it begins at 0 and is
/// not.
public final class RMSPropSGLD<T: Scalar>: MoveScoring {
  public let posterior: Posterior<T>
  private let lr: Double
  private let noiseLevel: Double
  private let adaptive: AdaptivePreconditioner<T>

  public init(
    _ posterior: Posterior<T>, lr: Double, noiseLevel: Double = 1, secondMoment: SecondMoment,
    freezesAfterBurnin: Bool = true, dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    self.lr = lr
    self.noiseLevel = noiseLevel
    adaptive = try AdaptivePreconditioner(
      secondMoment, freezesAfterBurnin: freezesAfterBurnin, dimension: dimension)
  }

  public var preconditioner: UnsafePointer<T>? { adaptive.diagonal }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    (lr * lrFactor / 2, (lr * lrFactor).squareRoot() * noiseLevel)
  }

  public func restart(_ state: ChainState<T>, _ step: Step) { adaptive.restart() }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    adaptive.update(state.gradient, step)
    langevinMove(
      state, step, posterior, lr: lr, noiseLevel: noiseLevel, gradient: state.gradient,
      preconditioner: adaptive.diagonal)
  }

  public func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double {
    langevinLogAcceptance(before, after, lr: lr * lrFactor, noiseLevel: noiseLevel)
  }
}
