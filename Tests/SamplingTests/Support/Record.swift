import Sampling
import TensorCore

/// Everything a run writes.
struct Recorded: Equatable {
  var losses: [[Double]]
  var baselines: [[Double]]
  var distances: [[Double]]
  var checks: MoveChecks<[Double]>
  var drawsDone: [Int64]
  var divergedSteps: [Int64]
  var state: Run.State
  var gradientNorm: Double

  var acceptance: [Double] { checks.acceptance }
  /// Loss over baseline, draw by draw, of all chains.
  var differences: [Double] { zip(losses.joined(), baselines.joined()).map { $0 - $1 } }
  /// λ̂ over all draws.
  func llc(nbeta: Double) -> Double { nbeta * differences.mean }

  /// Where a NaN equals a NaN.
  static func == (a: Recorded, b: Recorded) -> Bool { a.written == b.written && a.state == b.state }
  private var written: [UInt64] {
    let checked = [
      checks.acceptance, checks.driftNorm, checks.noiseNorm, checks.temperature, checks.gradientNoise,
      checks.stiffness,
    ]
    return (losses + baselines + distances + checked).joined().map(\.bitPattern)
      + (drawsDone + divergedSteps).map { UInt64(bitPattern: $0) }
  }
}

extension [Double] {
  var mean: Double { reduce(0, +) / Double(count) }
  /// Standard error of the mean of independent values.
  var standardError: Double {
    let mean = mean
    let squares = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(count - 1) / Double(count)).squareRoot()
  }
}

/// Runs chains of a sampler on a potential, to the end. A sampler is made for each chain.
func record<P: Potential>(
  _ sampler: @autoclosure @escaping @Sendable () throws -> any Sampler<P.Element>, chains: Int = 1,
  draws: Int,
  burnin: Int = 0, between: Int = 1, checks: Int = 0, lrFactors: [Double] = [], seed: UInt64 = 0,
  batchSize: Int = 1, drawBatch: DrawBatch = .independent, stopRule: StopRule? = nil,
  keeping: Keeping? = nil, threads: Int = 1, withReplacement: Bool = false,
  center: [P.Element], mask: [UInt8]? = nil, boundingBox: Double = .infinity, potential: () throws -> P
) throws -> Recorded {
  let losses = try Memory<Double>(count: chains * draws)
  let baselines = try Memory<Double>(count: chains * draws)
  let distances = try Memory<Double>(count: chains * draws)
  let checked = try Memory<Double>(count: 6 * chains)
  let steps = try Memory<Int64>(count: 2 * chains)
  var trace = Trace(chains: chains, draws: draws, losses: losses.pointer, baselines: baselines.pointer)
  trace.distances = distances.pointer
  trace.drawsDone = steps.pointer
  trace.divergedSteps = steps.pointer + chains
  trace.checks.acceptance = checked.pointer
  trace.checks.driftNorm = checked.pointer + chains
  trace.checks.noiseNorm = checked.pointer + 2 * chains
  trace.checks.temperature = checked.pointer + 3 * chains
  trace.checks.gradientNoise = checked.pointer + 4 * chains
  trace.checks.stiffness = checked.pointer + 5 * chains

  let restriction = try mask.map { try Restriction<P.Element>(mask: $0, fullCount: center.count) }
  let setup = ChainSetup(
    center: try Center(center, dimension: center.count, restriction: restriction), boundingBox: boundingBox,
    schedule: try Schedule(
      draws: draws, burninSteps: burnin, stepsBetweenDraws: between, moveChecks: checks, lrFactors: lrFactors),
    sampleCount: try potential().sampleCount, batchSize: batchSize,
    withReplacement: withReplacement, seed: seed,
    makeSampler: { _ in try sampler() })
  let job = try SamplingJob(
    threads: threads, setup, drawBatch: drawBatch, stopRule: stopRule, keeping: keeping, trace: trace,
    makePotential: { _ in try potential() })
  let run = try Run(job)
  while run.state == .running { run.wait(milliseconds: 1000) }

  func rows(_ memory: borrowing Memory<Double>, _ count: Int) -> [[Double]] {
    let values = memory.pointer
    return (0..<chains).map { chain in (0..<count).map { values[chain * count + $0] } }
  }
  func column(_ index: Int) -> [Double] { (0..<chains).map { checked.pointer[index * chains + $0] } }
  var checks = MoveChecks<[Double]>(repeating: [])
  checks.acceptance = column(0)
  checks.driftNorm = column(1)
  checks.noiseNorm = column(2)
  checks.temperature = column(3)
  checks.gradientNoise = column(4)
  checks.stiffness = column(5)
  return Recorded(
    losses: rows(losses, draws), baselines: rows(baselines, draws), distances: rows(distances, draws),
    checks: checks, drawsDone: (0..<chains).map { steps.pointer[$0] },
    divergedSteps: (0..<chains).map { steps.pointer[chains + $0] }, state: run.state,
    gradientNorm: job.gradientNormAtCenter)
}
