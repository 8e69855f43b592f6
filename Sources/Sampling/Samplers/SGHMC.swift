import KernelInterface
import TensorCore

/// Stochastic gradient Hamiltonian Monte Carlo (Chen, Fox & Guestrin 2014, eq. 15), lr being η:
///
///     v ← (1 − friction) v − lr ∇U(w) + √(2 (friction − noiseEstimate) lr) noiseLevel z
///     w ← w + v
///
/// `noiseEstimate` is the part of the friction whose noise the minibatch gradients are thought to bring themselves.
public final class SGHMC<T: Scalar>: Sampler {
  public let posterior: Posterior<T>
  private let lr: Double
  private let friction: Double
  private let noiseEstimate: Double
  private let noiseLevel: Double
  private let v: Momentum<T>

  public init(
    _ posterior: Posterior<T>, lr: Double, friction: Double, noiseEstimate: Double = 0,
    noiseLevel: Double = 1,
    dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    self.lr = lr
    self.friction = friction
    self.noiseEstimate = noiseEstimate
    self.noiseLevel = noiseLevel
    v = try Momentum(posterior, dimension: dimension)
  }

  public var momentum: UnsafePointer<T>? { UnsafePointer(v.pointer) }
  public func momentumVariance(lrFactor: Double) -> Double { lr * lrFactor }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    (lr * lrFactor, deviation(lrFactor))
  }

  public func restart(_ state: ChainState<T>, _ step: Step) {
    v.refresh(state, deviation: (lr * step.lrFactor).squareRoot() * noiseLevel, stream: step.stream)
  }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    v.move(
      state,
      MomentumStep(
        decay: T(1 - friction), kick: T(lr * step.lrFactor), noise: T(deviation(step.lrFactor)), driftAfter: 1
      ),
      step.stream)
  }

  private func deviation(_ lrFactor: Double) -> Double {
    (2 * (friction - noiseEstimate) * lr * lrFactor).squareRoot() * noiseLevel
  }
}
