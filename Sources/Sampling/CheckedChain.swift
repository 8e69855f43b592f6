import Glibc
import TensorCore

/// A chain some of whose moves are checked on the way: of those it asks two gradients more, and ends where the move alone
/// would have.
///
///     repeat: evaluate loss and gradient of `batch` at `chain.parameters`, into `chain.gradient`
///             if tell(loss) is an arrival (a draw is taken here): leave()
public final class CheckedChain<T: Scalar> {
  public let chain: Chain<T>
  private var checks = MoveChecks(repeating: RunningMean())
  private var stage = Stage.step
  private let hasFullBatches: Bool
  private let drawBatches: DrawBatches

  /// What is done with the next loss and gradient.
  private enum Stage {
    /// The chain goes on to its next arrival.
    case step
    /// None are wanted before the chain has left from here.
    case arrived(Arrival)
    /// Those of an independent batch where a move begins, for the noise of the gradient.
    case noise(Arrival)
    /// Those of the move's own batch where it has ended, for its acceptance as a proposal.
    case moveEnd(MoveEnd, lrFactor: Double)
  }

  /// In the workspace of another chain of this setup; in one of its own, where there is none.
  public init(_ setup: ChainSetup<T>, in workspace: Workspace<T>? = nil) throws {
    chain = try Chain(setup, in: workspace)
    hasFullBatches = setup.batchSize == setup.sampleCount
    drawBatches = try DrawBatches(sampleCount: setup.sampleCount, batchSize: setup.batchSize)
  }

  /// Begins another chain at the centre.
  public func restart(number: Int) {
    chain.restart(number: number)
    checks = MoveChecks(repeating: RunningMean())
    stage = .step
  }

  /// Means over the moves that have been checked; NaN where there are none.
  public var means: MoveChecks<Double> { checks.map(\.value) }
  public var hasArrived: Bool { if case .arrived = stage { true } else { false } }
  /// Whether a move has been begun whose check is not complete.
  public var isChecking: Bool {
    switch stage {
    case .step, .arrived: false
    case .noise, .moveEnd: true
    }
  }

  /// On which loss and gradient are asked next, valid until the next call of `tell`, `leave` or `independentBatch`.
  public var batch: Rows {
    if case .noise = stage { return independentBatch() ?? chain.batch }
    return chain.batch
  }

  /// A minibatch for the draw at this step that knows nothing of those which have moved the chain; nil where every batch is
  /// of all samples.
  public func independentBatch() -> Rows? {
    hasFullBatches ? nil : drawBatches.batch(seed: chain.seed, chain: chain.number, step: chain.step)
  }

  /// Takes the mean loss, and the gradient in `chain.gradient`. The result is where the chain has arrived, from where it
  /// must `leave` before it is told more; nil where it wants more gradients first. An arrival at a loss that is not finite
  /// is none: the chain stays where it is.
  public func tell(loss: Double) -> Arrival? {
    switch stage {
    case .arrived: return nil
    case .step:
      guard let arrival = chain.arrive(loss: loss) else { return nil }
      if arrival.loss.isFinite { stage = .arrived(arrival) }
      return arrival
    case .noise(let arrival):
      checks.gradientNoise.add(gradientNoise())
      beginMove(from: arrival)
      return nil
    case .moveEnd(let before, let lrFactor):
      endMove(from: before, loss: loss, lrFactor: lrFactor)
      return nil
    }
  }

  /// Moves on from where the chain has arrived.
  public func leave() {
    guard case .arrived(let arrival) = stage else { return }
    if chain.step >= chain.schedule.burninSteps { checks.acceptance.add(arrival.acceptance) }
    guard chain.schedule.checksMove(at: chain.step) else {
      stage = .step
      return chain.leave()
    }
    guard !hasFullBatches, let spare = chain.state.spare else {
      checks.gradientNoise.add(hasFullBatches ? 0 : .nan)
      return beginMove(from: arrival)
    }
    spare.update(from: chain.state.gradient, count: chain.state.dimension)
    stage = .noise(arrival)
  }

  // MARK: A move that is checked

  /// tr A C from two independent minibatches where the chain is, with C the covariance of ∇U over them: the step's, whose
  /// gradient is in the spare vector and is put back, and the one just told.
  private func gradientNoise() -> Double {
    let (state, count) = (chain.state, chain.state.dimension)
    guard let spare = state.spare else { return .nan }
    chain.gatherGradient()
    T.add(spare, times: -1, to: state.gradient, count: count)
    let difference = UnsafePointer(state.gradient)
    let squares =
      chain.sampler.preconditioner.map {
        T.kernels.weightedDot(count: count, weights: $0, difference, difference)
      } ?? T.kernels.dot(count: count, difference, difference)
    state.gradient.update(from: spare, count: count)
    let nbeta = chain.sampler.posterior.nbeta
    return nbeta * nbeta * squares / 2
  }

  private func beginMove(from arrival: Arrival) {
    let (state, sampler, dimension) = (chain.state, chain.sampler, chain.state.dimension)
    if let p = sampler.momentum {
      let variance = T.kernels.dot(count: dimension, p, p) / Double(dimension)
      // That which the step before has made.
      let lrFactor = chain.schedule.lrFactor(at: max(0, chain.step - 1))
      checks.temperature.add(variance / sampler.momentumVariance(lrFactor: lrFactor))
    }
    let lrFactor = chain.schedule.lrFactor(at: chain.step)
    // From here on the spare vector is where the move began.
    state.spare?.update(from: state.displacement, count: dimension)
    let energy = sampler.posterior.energy(state, loss: arrival.loss)
    chain.move()
    guard let origin = sampler.moveStart ?? state.spare.map({ UnsafePointer($0) }) else { return goOn() }
    let before = moveEnd(energy: energy, at: origin, movedFrom: origin)
    let size = sampler.moveSizes(lrFactor: lrFactor)
    checks.driftNorm.add(size.drift * before.squaredGradient.squareRoot())
    checks.noiseNorm.add(size.noise * Double(dimension).squareRoot())
    if sampler is any MoveScoring<T> {
      stage = .moveEnd(before, lrFactor: lrFactor)
    } else {
      goOn()
    }
  }

  private func endMove(from before: MoveEnd, loss: Double, lrFactor: Double) {
    let (state, sampler) = (chain.state, chain.sampler)
    guard let spare = state.spare, let scored = sampler as? any MoveScoring<T> else { return }
    chain.gatherGradient()
    let after = moveEnd(
      energy: sampler.posterior.energy(state, loss: loss), at: state.displacement, movedFrom: spare)
    let logAcceptance = scored.logAcceptance(before, after, lrFactor: lrFactor)
    // A move to where the loss is not finite would never be accepted.
    checks.acceptance.add(logAcceptance.isNaN ? 0 : min(1, exp(logAcceptance)))
    goOn()
  }

  private func goOn() {
    chain.advance()
    stage = .step
  }

  /// One end of the move from `origin` to where the chain is: `displacement`, which is one of the two. state.gradient
  /// holds that of the loss there, and becomes ∇U.
  private func moveEnd(
    energy: Double, at displacement: UnsafePointer<T>, movedFrom origin: UnsafePointer<T>
  ) -> MoveEnd {
    let (state, sampler, count) = (chain.state, chain.sampler, chain.state.dimension)
    let gradient = UnsafePointer(state.gradient)
    sampler.posterior.complete(state, at: displacement)
    func dot(_ x: UnsafePointer<T>) -> Double { T.kernels.dot(count: count, x, gradient) }
    return MoveEnd(
      energy: energy, slope: dot(state.displacement) - dot(origin),
      squaredGradient: sampler.preconditioner.map {
        T.kernels.weightedDot(count: count, weights: $0, gradient, gradient)
      } ?? dot(gradient),
      momentumSlope: sampler.momentum.map { p in
        sampler.posterior.preconditioner.map {
          T.kernels.weightedDot(count: count, weights: $0.root, p, gradient)
        } ?? dot(p)
      } ?? 0)
  }
}
