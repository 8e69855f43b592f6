import TensorCore

/// Stochastic gradient Langevin dynamics (Welling & Teh 2011) in the localised, tempered posterior (Lau et al.
/// 2023), with a constant diagonal preconditioner A:
///
///     w ← w − (lr/2) A ∇U(w) + √(lr A) noiseLevel z
public final class SGLD<T: Scalar>: MoveScoring {
  public let posterior: Posterior<T>
  private let move: LangevinMove<T>

  public init(_ posterior: Posterior<T>, lr: Double, noiseLevel: Double = 1) {
    self.posterior = posterior
    move = LangevinMove(posterior, lr: lr, noiseLevel: noiseLevel)
  }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) { move.sizes(lrFactor: lrFactor) }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    move.make(state, step, gradient: state.gradient, preconditioner: preconditioner)
  }

  public func keep(in file: ChainFile) {}

  public var readsSlope: Bool { true }

  public func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double {
    move.logAcceptance(before, after, lrFactor: lrFactor)
  }
}
