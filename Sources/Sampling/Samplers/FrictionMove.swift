import KernelInterface
import TensorCore

/// The move of SGHMC and SGNHT, with a momentum whose variance is lr:
///
///     p ← (1 − friction) p − lr ∇U(w) + √(2 injected lr) noiseLevel z,   w ← w + p
final class FrictionMove<T: Scalar> {
  let momentum: Momentum<T>
  private let lr: Double
  private let injected: Double
  private let noiseLevel: Double

  init(_ posterior: Posterior<T>, lr: Double, injected: Double, noiseLevel: Double, dimension: Int)
    throws(OutOfMemory)
  {
    self.lr = lr
    self.injected = injected
    self.noiseLevel = noiseLevel
    momentum = try Momentum(posterior, dimension: dimension)
  }

  func variance(lrFactor: Double) -> Double { lr * lrFactor }

  /// See `Sampler.moveSizes`.
  func sizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    (lr * lrFactor, (2 * injected * lr * lrFactor).squareRoot() * noiseLevel)
  }

  func restart(_ state: ChainState<T>, _ step: Step) {
    let deviation = variance(lrFactor: step.lrFactor).squareRoot() * noiseLevel
    momentum.refresh(state, deviation: deviation, stream: step.stream)
  }

  func make(_ state: ChainState<T>, _ step: Step, friction: Double) {
    let size = sizes(lrFactor: step.lrFactor)
    momentum.move(
      state,
      MomentumStep(decay: T(1 - friction), kick: T(size.drift), noise: T(size.noise), driftAfter: 1),
      step.stream)
  }
}
