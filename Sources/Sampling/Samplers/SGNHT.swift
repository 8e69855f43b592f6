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
  private let friction: Double
  private let noiseLevel: Double
  private let move: FrictionMove<T>
  /// ξ
  private var thermostat: Double

  public init(_ posterior: Posterior<T>, lr: Double, friction: Double, noiseLevel: Double = 1, dimension: Int)
    throws(OutOfMemory)
  {
    self.posterior = posterior
    self.friction = friction
    self.noiseLevel = noiseLevel
    thermostat = friction
    move = try FrictionMove(
      posterior, lr: lr, injected: friction, noiseLevel: noiseLevel, dimension: dimension)
  }

  public var momentum: UnsafePointer<T>? { UnsafePointer(move.momentum.pointer) }
  public func momentumVariance(lrFactor: Double) -> Double { move.variance(lrFactor: lrFactor) }
  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) { move.sizes(lrFactor: lrFactor) }

  public func restart(_ state: ChainState<T>, _ step: Step) {
    thermostat = friction
    move.restart(state, step)
  }

  public func keep(in file: ChainFile) {
    move.momentum.keep(in: file)
    file.value(&thermostat)
  }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    move.make(state, step, friction: thermostat)
    let meanSquare = move.momentum.squaredNorm(state) / Double(state.dimension)
    thermostat += meanSquare - move.variance(lrFactor: step.lrFactor) * noiseLevel * noiseLevel
  }
}
