import Synchronization
import TensorCore

/// What a job knows besides its steps: of the centre, once it has been measured, and of the files of its chains.
public protocol SamplingStatus {
  /// Mean loss at the centre; NaN until known.
  var lossAtCenter: Double { get }
  /// Over how many samples.
  var lossSampleCount: Int { get }
  /// Euclidean norm of its gradient there; NaN until known.
  var gradientNormAtCenter: Double { get }
  /// `errno` of the last time that a chain could not be kept; 0 if that was never.
  var lastKeepingError: Int32 { get }
}

/// When a run may end before its last draw: after each of `segments` equal parts of the draws it is asked whether those
/// recorded by then are enough.
public struct StopRule: Sendable {
  let segments: Int
  let isEnough: @Sendable (_ draws: Int) -> Bool
  public init(segments: Int, isEnough: @escaping @Sendable (_ draws: Int) -> Bool) {
    self.segments = segments
    self.isEnough = isEnough
  }
}

/// A sampling run: first the losses at the centre, then the chains. Each is moved by a worker at a time, or by a worker's
/// team.
///
/// All memory is allocated here, before any thread starts: the centre and its losses once, and one set of vectors per
/// thread, however many chains wait. If there is a stop rule, all chains advance together, and each has what it must
/// remember between two segments: its displacement, and the vectors of its sampler. docs/memory.md counts them.
public final class SamplingJob<T: Scalar>: Job, SamplingStatus, @unchecked Sendable {
  public let stepCount: Int
  public let phases: [Int]
  public let teams: [Team]

  private let trace: Trace
  private let center: Center<T>
  private let sampleCount: Int
  private let centerLosses: CenterLosses<T>
  /// By thread.
  private let evaluators: [Evaluator<T>]
  private let workspaces: [Workspace<T>]
  /// By thread; or by chain, if there is a stop rule.
  private let runners: [ChainRunner<T>]
  private let stopRule: StopRule?
  private let kept: KeptChains?
  private let hasStopped = Atomic<Bool>(false)
  private let gradientNorm = Atomic<Double>(.nan)
  private let initLoss = Atomic<Double>(.nan)

  /// Samples whose losses one task computes: few, so that a run can be cancelled soon.
  private let shardSize: Int

  public init(
    threads: Int, teamSize: Int = 1, _ setup: ChainSetup<T>, drawBatch: DrawBatch = .independent,
    stopRule: StopRule? = nil, keeping: Keeping? = nil, trace: Trace,
    makePotential: (Team) throws -> any Potential<T>
  ) throws {
    self.trace = trace
    self.stopRule = stopRule
    center = setup.center
    sampleCount = setup.sampleCount
    let (draws, drawOverflow) = trace.chains.multipliedReportingOverflow(by: trace.draws)
    let (drawn, overflow) = draws.multipliedReportingOverflow(by: setup.batchSize)
    centerLosses = try CenterLosses(
      center, sampleCount: sampleCount, drawnSamples: drawOverflow || overflow ? nil : drawn)
    let measured = CenterMeasurement.sampleCount(of: sampleCount, batchSize: setup.batchSize)
    lossSampleCount = centerLosses.areKept ? sampleCount : measured
    teams = (0..<threads).map { _ in Team(size: teamSize) }
    evaluators = try teams.map { try Evaluator(makePotential($0), batchSize: setup.batchSize) }
    let kept = try keeping.map { try KeptChains($0, setup, trace: trace) }
    self.kept = kept
    func runner(in workspace: Workspace<T>?) throws -> ChainRunner<T> {
      try ChainRunner(setup, drawBatch: drawBatch, keptIn: kept, in: workspace)
    }
    let first = try (0..<threads).map { _ in try runner(in: nil) }
    let workspaces = first.map(\.chain.state.workspace)
    let others = stopRule == nil ? 0 : max(0, trace.chains - threads)
    runners =
      try first + (0..<others).map { _ in try runner(in: workspaces[0]) }
    self.workspaces = workspaces
    let (steps, stepOverflow) = setup.schedule.stepCount.multipliedReportingOverflow(by: trace.chains)
    try require(
      !stepOverflow, "\(trace.chains) chains of \(setup.schedule.stepCount) steps are too many to count")
    stepCount = steps
    shardSize =
      setup.batchSize < 256 ? 256 / setup.batchSize * setup.batchSize : min(setup.batchSize, 1024)
    // Where the gradient's minibatches are all samples, their losses come with it.
    let shards = centerLosses.areKept && measured < sampleCount ? (sampleCount - 1) / shardSize + 1 : 0
    // The centre; then, by turns, a segment of every chain and the decision whether to go on.
    let segments = (0..<(stopRule?.segments ?? 1)).flatMap { $0 == 0 ? [trace.chains] : [1, trace.chains] }
    phases = [shards + 1] + segments
    // Last: a run that is refused leaves the caller's buffers as they were.
    trace.clear()
  }

  public let lossSampleCount: Int
  public var lastKeepingError: Int32 { kept?.lastError ?? 0 }
  public var lossAtCenter: Double { initLoss.load(ordering: .acquiring) }
  public var gradientNormAtCenter: Double { gradientNorm.load(ordering: .acquiring) }

  public func perform(phase: Int, task: Int, worker: Int, control: RunControl) {
    // Not before: chains are made when the teams have no members yet. A workspace is its worker's alone.
    if workspaces[worker].team !== teams[worker] { workspaces[worker].team = teams[worker] }
    if phase == 0 {
      measureCenter(task: task, worker: worker, control)
    } else if phase % 2 == 0 {
      if let stopRule, stopRule.isEnough(drawCount(afterSegment: phase / 2 - 1)) {
        hasStopped.store(true, ordering: .releasing)
      }
    } else if !hasStopped.load(ordering: .acquiring) {
      runSegment(phase / 2, chain: task, worker: worker, control)
    } else if !control.isCancelled {
      runners[task].keep(trace: trace)
    }
  }

  private func measureCenter(task: Int, worker: Int, _ control: RunControl) {
    let evaluator = evaluators[worker]
    if task > 0 {
      let start = (task - 1) * shardSize
      return centerLosses.keep(from: start, count: min(shardSize, sampleCount - start), evaluator)
    }
    let chain = runners[worker].chain
    guard let found = chain.measureCenter(evaluator, keepingLosses: centerLosses, control: control) else {
      return
    }
    gradientNorm.store(found.gradientNorm, ordering: .releasing)
    if !centerLosses.areKept { initLoss.store(found.loss, ordering: .releasing) }
  }

  private func runSegment(_ segment: Int, chain: Int, worker: Int, _ control: RunControl) {
    if chain == 0 && segment == 0 && centerLosses.areKept {
      initLoss.store(centerLosses.mean, ordering: .releasing)
    }
    let runner = runners[stopRule == nil ? worker : chain]
    if stopRule != nil { runner.enter(workspaces[worker]) }
    if segment == 0 { runner.restart(number: chain, trace: trace, control: control) }
    runner.run(
      throughDraw: drawCount(afterSegment: segment) - 1, evaluators[worker], centerLosses: centerLosses,
      trace: trace, control: control)
  }

  private func drawCount(afterSegment segment: Int) -> Int {
    let segments = stopRule?.segments ?? 1
    return segment + 1 == segments ? trace.draws : trace.draws / segments * (segment + 1)
  }
}
