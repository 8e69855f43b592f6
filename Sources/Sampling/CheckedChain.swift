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
  /// Of the difference of two minibatches' gradients; nil where there is none, or nothing is checked.
  private let sketch: GradientSketch<T>?
  /// ∇U, a part at a time.
  private let part: Memory<T>
  private static var partSize: Int { 4096 }

  /// What is done with the next loss and gradient.
  private enum Stage {
    /// Those of an independent batch where a move will begin, for the noise of the gradient.
    case noise
    /// The chain goes on to its next arrival.
    case step
    /// None are wanted before the chain has left from here.
    case arrived(Arrival)
    /// Those of the move's own batch where it has ended, for its acceptance as a proposal.
    case moveEnd(MoveEnd, lrFactor: Double)
  }

  /// In the workspace of another chain of this setup; in one of its own, where there is none.
  public init(_ setup: ChainSetup<T>, in workspace: Workspace<T>? = nil) throws {
    chain = try Chain(setup, in: workspace)
    drawBatches = try DrawBatches(sampleCount: setup.sampleCount, batchSize: setup.batchSize)
    hasFullBatches = setup.batchSize == setup.sampleCount
    let dimension = chain.state.dimension
    sketch = try setup.schedule.checksMoves && !hasFullBatches ? GradientSketch(count: dimension) : nil
    part = try Memory(count: min(dimension, Self.partSize))
    stage = nextStage
  }

  /// Begins another chain at the centre.
  public func restart(number: Int) {
    chain.restart(number: number)
    checks = MoveChecks(repeating: RunningMean())
    sketch?.clear()
    stage = nextStage
  }

  /// Where it is between two steps, none of them in the middle of a check.
  func keep(in file: ChainFile) {
    chain.keep(in: file)
    checks.forEach { file.value(&$0) }
    stage = nextStage
  }

  /// Means over the moves that have been checked; NaN where there are none.
  public var means: MoveChecks<Double> { checks.map(\.value) }
  public var hasArrived: Bool { if case .arrived = stage { true } else { false } }
  /// Whether what is asked for serves a check alone.
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
    case .arrived: break
    case .noise:
      chain.gatherGradient()
      addToSketch(factor: 1)
      stage = .step
    case .step:
      guard let arrival = chain.arrive(loss: loss) else { return nil }
      if arrival.loss.isFinite { stage = .arrived(arrival) }
      return arrival
    case .moveEnd(let before, let lrFactor):
      chain.gatherGradient()
      endMove(from: before, loss: loss, lrFactor: lrFactor)
    }
    return nil
  }

  /// Moves on from where the chain has arrived.
  public func leave() {
    guard case .arrived(let arrival) = stage else { return }
    if chain.step >= chain.schedule.burninSteps { checks.acceptance.add(arrival.acceptance) }
    if chain.schedule.checksMove(at: chain.step) {
      checks.gradientNoise.add(gradientNoise())
      beginMove(from: arrival)
    } else {
      chain.leave()
      stage = nextStage
    }
  }

  private var nextStage: Stage {
    sketch != nil && chain.schedule.checksMove(at: chain.step) ? .noise : .step
  }

  // MARK: A move that is checked

  /// tr A C from two independent minibatches where the chain is, with C the covariance of ∇U over them: the one that is in
  /// the sketch, and the step's.
  private func gradientNoise() -> Double {
    guard let sketch else { return 0 }
    addToSketch(factor: -1)
    defer { sketch.clear() }
    let nbeta = chain.sampler.posterior.nbeta
    return nbeta * nbeta * sketch.squaredLength / 2
  }

  private func addToSketch(factor: Double) {
    sketch?.add(
      chain.state.gradient, factor: factor, preconditioner: chain.sampler.preconditioner, seed: chain.seed,
      step: chain.step)
  }

  private func beginMove(from arrival: Arrival) {
    let (state, sampler, dimension) = (chain.state, chain.sampler, chain.state.dimension)
    if let p = sampler.momentum {
      let variance = T.kernels.dot(count: dimension, p, p) / Double(dimension)
      // That which the step before has made.
      let lrFactor = chain.schedule.lrFactor(at: max(0, chain.step - 1))
      checks.temperature.add(variance / sampler.momentumVariance(lrFactor: lrFactor))
    }
    chain.prepare()
    var before = moveEnd(loss: arrival.loss)
    let lrFactor = chain.schedule.lrFactor(at: chain.step)
    let size = sampler.moveSizes(lrFactor: lrFactor)
    checks.driftNorm.add(size.drift * before.squaredGradient.squareRoot())
    checks.noiseNorm.add(size.noise * Double(dimension).squareRoot())
    state.spare?.update(from: state.displacement, count: dimension)
    chain.move()
    guard sampler is any MoveScoring<T> else { return goOn() }
    if let origin = state.spare { before.slope = slope(from: origin, at: origin) }
    stage = .moveEnd(before, lrFactor: lrFactor)
  }

  private func endMove(from before: MoveEnd, loss: Double, lrFactor: Double) {
    guard let scored = chain.sampler as? any MoveScoring<T> else { return }
    var after = moveEnd(loss: loss)
    if let origin = chain.state.spare {
      after.slope = slope(from: origin, at: chain.state.displacement)
      checks.stiffness.add(after.slope - before.slope)
    }
    let logAcceptance = scored.logAcceptance(before, after, lrFactor: lrFactor)
    // A move to where the loss is not finite would never be accepted.
    checks.acceptance.add(logAcceptance.isNaN ? 0 : min(1, exp(logAcceptance)))
    goOn()
  }

  private func goOn() {
    chain.advance()
    stage = nextStage
  }

  /// What is known of where the chain is, but for the slope.
  private func moveEnd(loss: Double) -> MoveEnd {
    let sampler = chain.sampler
    var end = MoveEnd(energy: sampler.posterior.energy(chain.state, loss: loss), squaredGradient: 0)
    eachPart(at: chain.state.displacement) { start, count, gradient in
      end.squaredGradient += dot(
        gradient, gradient, weights: sampler.preconditioner.map { $0 + start }, count: count)
      if let p = sampler.momentum {
        let root = sampler.posterior.preconditioner.map { $0.root + start }
        end.momentumSlope += dot(p + start, gradient, weights: root, count: count)
      }
    }
    return end
  }

  /// d·∇U at `displacement`, where d is the move from `origin` to where the chain is.
  private func slope(from origin: UnsafePointer<T>, at displacement: UnsafePointer<T>) -> Double {
    var slope = 0.0
    eachPart(at: displacement) { start, count, gradient in
      slope += dot(chain.state.displacement + start, gradient, count: count)
      slope -= dot(origin + start, gradient, count: count)
    }
    return slope
  }

  /// ∇U at `displacement`, which is where the gradient in `chain.state` was taken.
  private func eachPart(
    at displacement: UnsafePointer<T>,
    _ body: (_ start: Int, _ count: Int, _ gradient: UnsafePointer<T>) -> Void
  ) {
    for start in stride(from: 0, to: chain.state.dimension, by: Self.partSize) {
      let count = min(Self.partSize, chain.state.dimension - start)
      chain.sampler.posterior.gradient(
        chain.state, at: displacement, from: start, count: count, into: part.pointer)
      body(start, count, part.pointer)
    }
  }

  private func dot(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, weights: UnsafePointer<T>? = nil, count: Int
  ) -> Double {
    weights.map { T.kernels.weightedDot(count: count, weights: $0, x, y) }
      ?? T.kernels.dot(count: count, x, y)
  }
}
