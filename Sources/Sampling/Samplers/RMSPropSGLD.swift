import TensorCore

/// SGLD with the preconditioner A of RMSProp (Li et al. 2016; see `AdaptivePreconditioner`):
///
///     w ← w − (lr/2) A ∇U(w) + √(lr A) noiseLevel z
///
/// In Hitchcock & Hoogland (arXiv 2507.21449) v begins at 1 and is corrected; in devinterp 1.3.2 it begins at 0 and is
/// not.
public final class RMSPropSGLD<T: Scalar>: MoveScoring {
  public let posterior: Posterior<T>
  private let move: LangevinMove<T>
  private let adaptive: AdaptivePreconditioner<T>

  public init(
    _ posterior: Posterior<T>, lr: Double, noiseLevel: Double = 1, secondMoment: SecondMoment,
    freezesAfterBurnin: Bool = true, dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    move = LangevinMove(posterior, lr: lr, noiseLevel: noiseLevel)
    adaptive = try AdaptivePreconditioner(
      secondMoment, freezesAfterBurnin: freezesAfterBurnin, dimension: dimension)
  }

  public var preconditioner: UnsafePointer<T>? { adaptive.diagonal }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) { move.sizes(lrFactor: lrFactor) }

  public func restart(_ state: ChainState<T>, _ step: Step) { adaptive.restart() }

  public func prepare(_ state: ChainState<T>, _ step: Step) { adaptive.update(state.gradient, step) }

  public func keep(in file: ChainFile) { adaptive.keep(in: file) }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    move.make(state, step, gradient: state.gradient, preconditioner: adaptive.diagonal)
  }

  public var readsSlope: Bool { true }

  public func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double {
    move.logAcceptance(before, after, lrFactor: lrFactor)
  }
}
