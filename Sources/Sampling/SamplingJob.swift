import Glibc
import Synchronization
import TensorCore

/// What a job knows of the centre once it has been measured.
public protocol CenterMeasuring {
  /// Mean loss at the centre over all samples; NaN until known.
  var lossAtCenter: Double { get }
  /// Euclidean norm of its gradient there; NaN until known.
  var gradientNormAtCenter: Double { get }
}

/// A sampling run: first the losses at the centre, then the chains.
///
/// All memory is allocated here, before any thread starts: one set of vectors per thread, however many chains
/// wait, and the centre and its losses once.
public final class SamplingJob<P: Potential, S: Sampler>: Job, CenterMeasuring, @unchecked Sendable
where P.Element == S.Element {
  public typealias Element = P.Element

  public let stepCount: Int
  public let phases: [Int]

  private let trace: Trace
  private let sampleCount: Int
  private let center: Memory<Element>
  /// The loss of every sample at the centre.
  private let baselines: Memory<Double>
  private let workers: [ChainRunner<P, S>]
  private let gradientNorm = Atomic<Double>(.nan)
  private let initLoss = Atomic<Double>(.nan)

  /// Samples whose losses one task computes: few, so that a run can be cancelled soon.
  private let shardSize: Int

  public init(
    threads: Int, sampler: S, schedule: Schedule, drawBatch: DrawBatch, seed: UInt64, batchSize: Int,
    center values: UnsafePointer<Element>, trace: Trace, makePotential: () throws -> P
  ) throws {
    let potentials = try (0..<threads).map { _ in try makePotential() }
    let dimension = potentials[0].dimension
    sampleCount = potentials[0].sampleCount
    self.trace = trace
    center = try Memory(count: dimension)
    center.pointer.initialize(from: values, count: dimension)
    baselines = try Memory(count: sampleCount)
    let centerPointer = UnsafePointer(center.pointer)
    workers = try potentials.map {
      try ChainRunner(
        potential: $0, sampler: sampler, schedule: schedule, drawBatch: drawBatch, seed: seed,
        batchSize: batchSize,
        center: centerPointer)
    }
    let (steps, overflow) = schedule.stepCount.multipliedReportingOverflow(by: trace.chains)
    try require(!overflow, "\(trace.chains) chains of \(schedule.stepCount) steps are too many to count")
    stepCount = steps
    shardSize = batchSize < 256 ? 256 / batchSize * batchSize : min(batchSize, 1024)
    let shards = (sampleCount - 1) / shardSize + 1
    phases = [shards + 1, trace.chains]
    // Last: a run that is refused leaves the caller's buffers as they were.
    trace.clear()
  }

  public var lossAtCenter: Double { initLoss.load(ordering: .acquiring) }
  public var gradientNormAtCenter: Double { gradientNorm.load(ordering: .acquiring) }

  public func perform(phase: Int, task: Int, worker: Int, control: RunControl) {
    switch (phase, task) {
    case (0, 0):
      gradientNorm.store(
        workers[worker].gradientNorm(at: center.pointer, control: control), ordering: .releasing)
    case (0, _):
      let start = (task - 1) * shardSize
      workers[worker].potential.losses(
        of: .range(start: start, count: min(shardSize, sampleCount - start)), at: center.pointer,
        into: baselines.pointer + start)
    default:
      if task == 0 { initLoss.store(mean(baselines.pointer, sampleCount), ordering: .releasing) }
      workers[worker].run(chain: task, baselines: baselines.pointer, trace: trace, control: control)
    }
  }
}
