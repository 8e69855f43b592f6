import Glibc
import KernelInterface
import TensorCore

/// Hamiltonian Monte Carlo (Duane et al. 1987; Neal 2011): fresh momenta, `leapfrogSteps` steps of size lr in time, and
/// the Metropolis–Hastings decision. On the full data, so that its law is the posterior exactly.
///
/// With A the inverse mass, p ← p − (Δt/2) √A ∇U,  w ← w + Δt √A p,  p ← p − (Δt/2) √A ∇U;
/// accepted with probability min(1, exp(H − H′)), H = U + ‖p‖²/2.
public final class HMC<T: Scalar>: Sampler {
  public let posterior: Posterior<T>
  /// The leapfrog's Δt, as a function of the step's factor.
  private let timeStep: @Sendable (_ lrFactor: Double) -> Double
  private let leapfrogSteps: Int
  private let p: Momentum<T>
  /// Where the trajectory began: displacement, and gradient of the loss.
  private let start: Memory<T>
  private var startLoss = Double.nan
  /// U there, and with the trajectory's first momenta.
  private var startPotential = Double.nan
  private var startEnergy = Double.nan
  private var time = 0.0
  private var stepsLeft = 0
  private var stream = RandomStream(seed: 0, chain: 0, purpose: .acceptance, step: 0)

  public convenience init(_ posterior: Posterior<T>, lr: Double, leapfrogSteps: Int, dimension: Int)
    throws(OutOfMemory)
  {
    try self.init(posterior, timeStep: { $0 * lr }, leapfrogSteps: leapfrogSteps, dimension: dimension)
  }

  init(
    _ posterior: Posterior<T>, timeStep: @escaping @Sendable (_ lrFactor: Double) -> Double,
    leapfrogSteps: Int, dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    self.timeStep = timeStep
    self.leapfrogSteps = leapfrogSteps
    p = try Momentum(posterior, dimension: dimension)
    start = try Memory(count: 2 * dimension)
  }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    let length = Double(leapfrogSteps) * timeStep(lrFactor)
    return (length * length / 2, length)
  }

  public func restart(_ state: ChainState<T>, _ step: Step) { stepsLeft = 0 }

  public func keep(in file: ChainFile) {
    p.keep(in: file)
    file.vector(start)
    file.value(&startLoss)
    file.value(&startPotential)
    file.value(&startEnergy)
    file.value(&time)
    file.value(&stepsLeft)
    file.value(&stream)
  }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    start.pointer.update(from: state.displacement, count: state.dimension)
    (start.pointer + state.dimension).update(from: state.gradient, count: state.dimension)
    p.refresh(state, deviation: 1, stream: step.stream)
    startEnergy = startPotential + p.squaredNorm(state) / 2
    time = timeStep(step.lrFactor)
    stream = step.stream
    stepsLeft = leapfrogSteps
    p.move(state, MomentumStep(kick: T(time / 2), driftAfter: T(time)), stream)
  }

  public func arrive(_ state: ChainState<T>, loss: Double) -> Arrival? {
    guard stepsLeft > 0 else {
      (startLoss, startPotential) = (loss, posterior.energy(state, loss: loss))
      return Arrival(loss: loss)
    }
    stepsLeft -= 1
    if stepsLeft > 0 && loss.isFinite {
      p.move(state, MomentumStep(kick: T(time), driftAfter: T(time)), stream)
      return nil
    }
    stepsLeft = 0
    p.move(state, MomentumStep(kick: T(time / 2)), stream)
    let potential = posterior.energy(state, loss: loss)
    let logAcceptance = startEnergy - potential - p.squaredNorm(state) / 2
    let acceptance = logAcceptance.isNaN ? 0 : min(1, exp(logAcceptance))
    if uniform() < acceptance {
      (startLoss, startPotential) = (loss, potential)
    } else {
      returnToStart(state)
    }
    return Arrival(loss: startLoss, acceptance: acceptance)
  }

  private func returnToStart(_ state: ChainState<T>) {
    state.moveTo(start.pointer)
    state.gradient.update(from: start.pointer + state.dimension, count: state.dimension)
  }

  /// In (0, 1), for the decision on the trajectory that `stream` began.
  private func uniform() -> Double {
    var word: UInt32 = 0
    let decision = RandomStream(
      seed: stream.seed, chain: stream.chain, purpose: .acceptance, step: stream.step)
    T.kernels.randomWords(count: 1, stream: decision, words: &word)
    return (Double(word) + 0.5) / 0x1p32
  }
}
