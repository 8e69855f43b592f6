import Sampling
import TensorCore

/// L(w) = mean over samples of Σ_i ½ curvature_i (w_i − minimum_i − shift_s)² + floor, whose Langevin law is known.
class Quadratic<T: Scalar>: Potential {
  let curvatures: [T]
  let minimum: [T]
  let shifts: [T]
  let floor: Double
  var dimension: Int { curvatures.count }
  var sampleCount: Int { shifts.count }

  init(curvatures: [T], minimum: [T]? = nil, shifts: [T] = [0], floor: Double = 0) {
    self.curvatures = curvatures
    self.minimum = minimum ?? curvatures.map { _ in 0 }
    self.shifts = shifts
    self.floor = floor
  }

  func losses(of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>) {
    for i in 0..<rows.count {
      losses[i] = floor
      for k in 0..<dimension {
        let distance = Double(parameters[k]) - Double(minimum[k]) - Double(shifts[row(rows, i)])
        losses[i] += Double(curvatures[k]) / 2 * distance * distance
      }
    }
  }

  func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    for k in 0..<dimension {
      gradient[k] = 0
      for i in 0..<rows.count {
        gradient[k] +=
          curvatures[k] * (parameters[k] - minimum[k] - shifts[row(rows, i)]) / T(rows.count)
      }
    }
  }

  private func row(_ rows: Rows, _ i: Int) -> Int {
    switch rows {
    case .range(let start, _): start + i
    case .indices(let indices, _): Int(indices[i])
    }
  }
}

/// The same, but whoever asks for losses alone is told the loss over ALL samples: what draws are measured by is then exact.
final class ExactlyMeasured: Quadratic<Double> {
  override func losses(
    of rows: Rows, at parameters: UnsafePointer<Double>, into losses: UnsafeMutablePointer<Double>
  ) {
    var all = [Double](repeating: 0, count: sampleCount)
    super.losses(of: .range(start: 0, count: sampleCount), at: parameters, into: &all)
    let mean = all.reduce(0, +) / Double(sampleCount)
    for i in 0..<rows.count { losses[i] = mean }
  }
}

/// L(w) = w⁴, on which a large step sooner or later flies away.
final class Quartic: Potential {
  let dimension = 1
  let sampleCount = 1
  func losses(of rows: Rows, at parameters: UnsafePointer<Float>, into losses: UnsafeMutablePointer<Double>) {
    let square = Double(parameters[0]) * Double(parameters[0])
    losses[0] = square * square
  }
  func gradient(
    of rows: Rows, at parameters: UnsafePointer<Float>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    gradient[0] = 4 * parameters[0] * parameters[0] * parameters[0]
  }
}

/// Everything a run writes.
struct Recorded: Equatable {
  var losses: [[Double]]
  var baselines: [[Double]]
  var acceptance: [Double]
  var drawsDone: [Int64]
  var divergedSteps: [Int64]
  var state: Run.State
  var gradientNorm: Double

  /// λ̂ over all draws.
  func llc(nbeta: Double) -> Double {
    let differences = zip(losses.joined(), baselines.joined()).map { $0 - $1 }
    return nbeta * differences.reduce(0, +) / Double(differences.count)
  }
}

/// Runs chains of a sampler on a potential, to the end.
func record<P: Potential, S: Sampler>(
  _ sampler: S, chains: Int = 1, draws: Int, burnin: Int = 0, between: Int = 1, checks: Int = 0,
  seed: UInt64 = 0, batchSize: Int = 1, drawBatch: DrawBatch = .independent, threads: Int = 1,
  center: [P.Element],
  potential: @escaping () throws -> P
) throws -> Recorded where P.Element == S.Element {
  var losses = [Double](repeating: 0, count: chains * draws)
  var baselines = losses
  var acceptance = [Double](repeating: 0, count: chains)
  var drawsDone = [Int64](repeating: 0, count: chains)
  var divergedSteps = drawsDone
  var state = Run.State.running
  var gradientNorm = Double.nan
  try losses.withUnsafeMutableBufferPointer { losses in
    try baselines.withUnsafeMutableBufferPointer { baselines in
      try acceptance.withUnsafeMutableBufferPointer { acceptance in
        try drawsDone.withUnsafeMutableBufferPointer { drawsDone in
          try divergedSteps.withUnsafeMutableBufferPointer { divergedSteps in
            let trace = Trace(
              chains: chains, draws: draws, losses: losses.baseAddress.unsafelyUnwrapped,
              baselines: baselines.baseAddress.unsafelyUnwrapped, acceptance: acceptance.baseAddress,
              drawsDone: drawsDone.baseAddress, divergedSteps: divergedSteps.baseAddress)
            let schedule = try Schedule(
              draws: draws, burninSteps: burnin, stepsBetweenDraws: between, acceptanceChecks: checks)
            let job = try SamplingJob(
              threads: threads, sampler: sampler, schedule: schedule, drawBatch: drawBatch, seed: seed,
              batchSize: batchSize,
              center: center, trace: trace, makePotential: potential)
            let run = try Run(job, threads: threads)
            while run.state == .running { run.wait(milliseconds: 1000) }
            state = run.state
            gradientNorm = job.gradientNormAtCenter
          }
        }
      }
    }
  }
  func rows(_ flat: [Double]) -> [[Double]] {
    (0..<chains).map { Array(flat[$0 * draws..<($0 + 1) * draws]) }
  }
  return Recorded(
    losses: rows(losses), baselines: rows(baselines), acceptance: acceptance, drawsDone: drawsDone,
    divergedSteps: divergedSteps, state: state, gradientNorm: gradientNorm)
}
