import KernelInterface
import TensorCore

/// The move of SGLD and its relatives, w ← w − (lr/2) A ∇U + √(lr A) noiseLevel z.
public struct LangevinMove<T: Scalar>: Sendable {
  let posterior: Posterior<T>
  let lr: Double
  let noiseLevel: Double

  public init(_ posterior: Posterior<T>, lr: Double, noiseLevel: Double = 1) {
    self.posterior = posterior
    self.lr = lr
    self.noiseLevel = noiseLevel
  }

  /// See `Sampler.moveSizes`.
  func sizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    (lr * lrFactor / 2, (lr * lrFactor).squareRoot() * noiseLevel)
  }

  /// With `gradient` as that of the loss, and back into the bounding box.
  func make(
    _ state: ChainState<T>, _ step: Step, gradient: UnsafePointer<T>, preconditioner: UnsafePointer<T>?
  ) {
    state.update(
      .langevin(
        LangevinStep(lr: T(lr * step.lrFactor), noiseLevel: T(noiseLevel)), posterior.terms, step.stream,
        gradient: gradient, preconditioner: preconditioner))
    state.confine()
  }

  /// It is the proposal of MALA (Roberts & Tweedie 1996). With d = w′ − w, G = ∇U, and primes after the move,
  ///
  ///     log α = U − U′ + ½ d·(G + G′) − (lr/8) (G′ᵀAG′ − GᵀAG)
  ///
  /// With noise level σ the law sampled is exp(−U/σ²), and everything is divided by σ².
  public func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double = 1) -> Double {
    let work = before.energy - after.energy + (before.slope + after.slope) / 2
    let squares = after.squaredGradient - before.squaredGradient
    return (work - lr * lrFactor / 8 * squares) / (noiseLevel * noiseLevel)
  }
}
