import KernelInterface
import TensorCore

/// The stochastic gradient Nosé–Hoover thermostat (Ding et al. 2014, algorithm 2), lr being η and `friction` A:
///
///     p ← (1 − ξ) p − lr ∇U(w) + √(2 friction lr) noiseLevel z
///     w ← w + p
///     ξ ← ξ + ‖p‖²/d − lr noiseLevel²,  ξ₀ = friction
///
/// The thermostat ξ raises the friction while the momenta are hotter than they should be: so that noise of the gradients
/// whose size nobody knows does not heat the chain.
public final class SGNHT<T: Scalar>: Sampler {
  public let posterior: Posterior<T>
  private let lr: Double
  private let friction: Double
  private let noiseLevel: Double
  private let p: Momentum<T>
  /// ξ
  private(set) var thermostat: Double

  public init(_ posterior: Posterior<T>, lr: Double, friction: Double, noiseLevel: Double = 1, dimension: Int)
    throws(OutOfMemory)
  {
    self.posterior = posterior
    self.lr = lr
    self.friction = friction
    self.noiseLevel = noiseLevel
    thermostat = friction
    p = try Momentum(posterior, dimension: dimension)
  }

  public var momentum: UnsafePointer<T>? { UnsafePointer(p.pointer) }
  public func momentumVariance(lrFactor: Double) -> Double { lr * lrFactor }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    (lr * lrFactor, deviation(lrFactor))
  }

  public func restart(_ state: ChainState<T>, _ step: Step) {
    thermostat = friction
    p.refresh(state, deviation: (lr * step.lrFactor).squareRoot() * noiseLevel, stream: step.stream)
  }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    let squares = p.move(
      state,
      MomentumStep(
        decay: T(1 - thermostat), kick: T(lr * step.lrFactor), noise: T(deviation(step.lrFactor)),
        driftAfter: 1),
      step.stream)
    thermostat += squares / Double(state.dimension) - lr * step.lrFactor * noiseLevel * noiseLevel
  }

  private func deviation(_ lrFactor: Double) -> Double {
    (2 * friction * lr * lrFactor).squareRoot() * noiseLevel
  }
}
