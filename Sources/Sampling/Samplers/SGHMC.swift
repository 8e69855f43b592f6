import TensorCore

/// Stochastic gradient Hamiltonian Monte Carlo (Chen, Fox & Guestrin 2014, eq. 15), lr being η:
///
///     v ← (1 − friction) v − lr ∇U(w) + √(2 (friction − noiseEstimate) lr) noiseLevel z
///     w ← w + v
///
/// `noiseEstimate` is the part of the friction whose noise the minibatch gradients are thought to bring themselves.
public final class SGHMC<T: Scalar>: Sampler {
  public let posterior: Posterior<T>
  private let friction: Double
  private let move: FrictionMove<T>

  public init(
    _ posterior: Posterior<T>, lr: Double, friction: Double, noiseEstimate: Double = 0,
    noiseLevel: Double = 1, dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    self.friction = friction
    move = try FrictionMove(
      posterior, lr: lr, injected: friction - noiseEstimate, noiseLevel: noiseLevel, dimension: dimension)
  }

  public var momentum: UnsafePointer<T>? { UnsafePointer(move.momentum.pointer) }
  public func momentumVariance(lrFactor: Double) -> Double { move.variance(lrFactor: lrFactor) }
  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) { move.sizes(lrFactor: lrFactor) }
  public func restart(_ state: ChainState<T>, _ step: Step) { move.restart(state, step) }
  public func keep(in file: ChainFile) { move.momentum.keep(in: file) }
  public func leave(_ state: ChainState<T>, _ step: Step) { move.make(state, step, friction: friction) }
}
