import KernelInterface
import TensorCore

/// w ← w − (lr/2) A ∇U + √(lr A) noiseLevel z, with `gradient` as that of the loss; and back into the bounding box.
func langevinMove<T: Scalar>(
  _ state: ChainState<T>, _ step: Step, _ posterior: Posterior<T>, lr: Double, noiseLevel: Double,
  gradient: UnsafePointer<T>, preconditioner: UnsafePointer<T>?
) {
  T.kernels.langevinUpdate(
    count: state.dimension, step: LangevinStep(lr: T(lr * step.lrFactor), noiseLevel: T(noiseLevel)),
    terms: posterior.terms, stream: step.stream, center: state.center, gradient: gradient,
    preconditioner: preconditioner, displacement: state.displacement, parameters: state.parameters)
  state.confine()
}

/// A Langevin step is the proposal of MALA (Roberts & Tweedie 1996). With d = w′ − w, G = ∇U, and primes after the
/// move,
///
///     log α = U − U′ + ½ d·(G + G′) − (lr/8) (G′ᵀAG′ − GᵀAG)
///
/// With noise level σ the law sampled is exp(−U/σ²), and everything is divided by σ².
public func langevinLogAcceptance(_ before: MoveEnd, _ after: MoveEnd, lr: Double, noiseLevel: Double = 1)
  -> Double
{
  let work = before.energy - after.energy + (before.slope + after.slope) / 2
  return (work - lr / 8 * (after.squaredGradient - before.squaredGradient)) / (noiseLevel * noiseLevel)
}
