import KernelInterface
import TensorCore

/// What chains have in common.
public struct ChainSetup<T: Scalar>: Sendable {
  let center: Center<T>
  let boundingBox: Double
  let schedule: Schedule
  let sampleCount: Int
  let batchSize: Int
  let withReplacement: Bool
  let seed: UInt64
  /// A rule for a chain of so many free parameters.
  let makeSampler: @Sendable (_ dimension: Int) throws -> any Sampler<T>

  public init(
    center: Center<T>, boundingBox: Double = .infinity, schedule: Schedule, sampleCount: Int, batchSize: Int,
    withReplacement: Bool = false, seed: UInt64,
    makeSampler: @escaping @Sendable (_ dimension: Int) throws -> any Sampler<T>
  ) {
    self.center = center
    self.boundingBox = boundingBox
    self.schedule = schedule
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    self.withReplacement = withReplacement
    self.seed = seed
    self.makeSampler = makeSampler
  }
}

/// One chain, driven from outside: it says where it is and on which minibatch, and is told the loss and the gradient.
///
///     repeat: evaluate loss and gradient of `batch` at `parameters`, into `gradient`
///             if arrive(loss) is an arrival (a draw is taken here): leave()
public final class Chain<T: Scalar> {
  let state: ChainState<T>
  let sampler: any Sampler<T>
  let schedule: Schedule
  let seed: UInt64
  private(set) var number: UInt32 = 0
  /// Steps made.
  public private(set) var step = 0
  /// The minibatch of this step, valid until the chain leaves.
  public private(set) var batch = Rows.range(start: 0, count: 0)
  /// All parameters of the model, and where the gradient of the mean loss is expected: at the same place as long as the
  /// chain stays in its workspace.
  public var parameters: UnsafeMutablePointer<T> { state.workspace.fullParameters }
  public var gradient: UnsafeMutablePointer<T> { state.workspace.fullGradient }

  /// ‖w − w*‖
  public var distance: Double { state.distance }
  /// Whether all of `gradient` is finite that the chain looks at.
  public var hasFiniteGradient: Bool {
    gatherGradient()
    return T.kernels.firstNonfinite(count: state.dimension, state.gradient) == nil
  }

  private let center: Center<T>
  private var batches: Minibatches

  /// In the workspace of another chain of this setup; in one of its own, where there is none.
  public init(_ setup: ChainSetup<T>, in workspace: Workspace<T>? = nil) throws {
    center = setup.center
    schedule = setup.schedule
    seed = setup.seed
    sampler = try setup.makeSampler(center.dimension)
    let hasSpare = schedule.checksMoves && (sampler as? any MoveScoring<T>)?.readsSlope == true
    state = try ChainState(
      center, boundingBox: setup.boundingBox, in: workspace ?? Workspace(center, hasSpare: hasSpare))
    batches = try Minibatches(
      sampleCount: setup.sampleCount, batchSize: setup.batchSize, withReplacement: setup.withReplacement)
    restart(number: 0)
  }

  /// Begins chain number `number`, at the centre. What it draws depends on the seed and its number, not on other chains
  /// or this object's past.
  public func restart(number: Int) {
    self.number = UInt32(truncatingIfNeeded: number)
    step = 0
    state.restart()
    resetMasked()
    batches.restart(seed: seed, chain: self.number)
    nextBatch()
    sampler.restart(state, stepOptions(.momentum))
  }

  /// Where it is between two steps. One that has begun, and is read, goes on as the one that was written.
  func keep(in file: ChainFile) {
    file.value(&step)
    // Of one that has ended nothing more is asked.
    if step == schedule.stepCount { return }
    state.keep(in: file)
    sampler.keep(in: file)
    if file.isReading && (1...schedule.stepCount).contains(step) {
      batches.skip(step - 1)
      nextBatch()
      scatterParameters()
    }
  }

  /// Goes on in that workspace, where others may have been in between, at the step where it is. What it was told in
  /// another is not there: only a chain that is told next may enter.
  func enter(_ workspace: Workspace<T>) {
    state.enter(workspace)
    resetMasked()
    scatterParameters()
  }

  /// The chain has been told the gradient, in `gradient`, and the mean loss. nil: the rule wants more of them, at
  /// `parameters`, before it arrives anywhere.
  public func arrive(loss: Double) -> Arrival? {
    gatherGradient()
    let arrival = sampler.arrive(state, loss: loss)
    scatterParameters()
    return arrival
  }

  /// Moves on, to the next step.
  public func leave() {
    prepare()
    move()
    advance()
  }

  /// What comes before a move: it does not change where the chain is.
  func prepare() { sampler.prepare(state, stepOptions(.noise)) }

  /// Moves, and stays at this step with its batch.
  func move() {
    sampler.leave(state, stepOptions(.noise))
    scatterParameters()
  }

  func advance() {
    nextBatch()
    step += 1
  }

  private func stepOptions(_ purpose: RandomPurpose) -> Step {
    Step(
      stream: RandomStream(seed: seed, chain: number, purpose: purpose, step: UInt64(step)),
      lrFactor: schedule.lrFactor(at: step), isBurnin: step < schedule.burninSteps)
  }

  func nextBatch() { batch = batches.next() }

  /// From `gradient` to the state's own.
  func gatherGradient() { center.restriction?.gather(from: gradient, into: state.gradient) }

  /// What the chain does not move is what it is at the centre.
  private func resetMasked() {
    if center.restriction != nil { parameters.update(from: center.full, count: center.fullDimension) }
  }

  private func scatterParameters() { center.restriction?.scatter(state.parameters, into: parameters) }
}
