import CSupport
import CSwiftLLC
import LearningCoefficient
import Sampling
import TensorCore

/// The arguments of `sllc_run_start`, to be checked and turned into a run.
struct RunStart {
  let program: Program
  let dataset: Dataset
  let parameters: UnsafeRawPointer
  let sampler: sllc_sampler_options
  let options: sllc_run_options
  let trace: sllc_trace

  func begin<T: Scalar>(_: T.Type) throws -> RunHandle {
    try requireSize(trace.struct_size, of: "trace", atLeast: MemoryLayout<sllc_trace>.size)
    let plan = try ChainPlan<T>(
      sampler, options, parameters: parameters, count: program.parameters.count,
      samples: dataset.sampleCount, isBorrowed: true)
    guard let drawBatch = DrawBatch(rawValue: options.draw_batches) else {
      throw InvalidArgument(
        "draw_batches is \(options.draw_batches); it must be SLLC_INDEPENDENT_BATCHES (0) or SLLC_STEP_BATCHES (1)"
      )
    }
    let microbatch = try checkedMicrobatch()
    var microbatchInForce = 0
    let threads = try checkedThreads()
    let workers = min(threads, Int(options.num_chains))
    let teamSize = Team.size(
      threads: threads / workers, batchSize: plan.batchSize, parameters: program.parameters.count)
    let trace = try checkedTrace()
    let job = try SamplingJob(
      threads: workers, teamSize: teamSize, plan.setup, drawBatch: drawBatch,
      stopRule: try checkedStopRule(trace), keeping: keeping, trace: trace
    ) { team in
      let potential = try GraphPotential<T>(
        program: program, dataset: dataset, batchSize: plan.batchSize, microbatch: microbatch, team: team)
      microbatchInForce = potential.microbatch
      return potential
    }
    return RunHandle(
      try Run(job), nbeta: plan.nbeta, batchSize: plan.batchSize,
      microbatch: microbatchInForce)
  }

  private var keeping: Keeping? {
    options.keep_path.map { path in
      Keeping(path: String(cString: path), tag: options.keep_tag.map { String(cString: $0) } ?? "")
    }
  }

  private func checkedMicrobatch() throws(InvalidArgument) -> Int? {
    let size = options.microbatch_size
    try require(size >= 0, "microbatch_size is \(size); it must be positive, or 0 to have it chosen")
    return size == 0 ? nil : Int(size)
  }

  private func checkedStopRule(_ trace: Trace) throws(InvalidArgument) -> StopRule? {
    let (share, checks) = (options.stop_at_relative_error, options.num_stop_checks)
    let acceptance = options.stop_below_acceptance
    try require(
      share >= 0 && share.isFinite,
      "stop_at_relative_error is \(share); it must be finite and not negative, 0 meaning never")
    try require(
      (0...1).contains(acceptance),
      "stop_below_acceptance is \(acceptance); it must be in 0 ... 1, 0 meaning never")
    try require(
      (1...10_000).contains(checks), "num_stop_checks is \(checks); it must be in 1 ... 10000")
    try require(
      options.num_draws_before_stop >= 0,
      "num_draws_before_stop is \(options.num_draws_before_stop); it must not be negative")
    if share == 0 && acceptance == 0 { return nil }
    let rule = StoppingRule(
      losses: trace.losses, baselines: trace.baselines, chains: trace.chains, stride: trace.draws,
      relativeError: share)
    let least = max(1, Int(options.num_draws_before_stop))
    return StopRule(segments: Int(checks)) { draws in
      trace.acceptsFewer(than: acceptance, afterDraws: draws)
        || draws >= least && rule.isReached(draws: draws)
    }
  }

  private func checkedThreads() throws(InvalidArgument) -> Int {
    let chains = options.num_chains
    try require(
      (1...Int64(Int32.max)).contains(chains), "num_chains is \(chains); it must be in 1 ... \(Int32.max)")
    try require(
      options.threads >= 0, "threads is \(options.threads); it must be positive, or 0 for one per processor")
    let wanted = options.threads == 0 ? Int(support_processor_count()) : Int(options.threads)
    return min(wanted, threadLimit)
  }

  private func checkedTrace() throws(InvalidArgument) -> Trace {
    let losses = try require(trace.losses, "trace.losses")
    let baselines = try require(trace.baselines, "trace.baselines")
    try require(
      trace.chains == options.num_chains && trace.draws == options.num_draws,
      "the trace has \(trace.chains) x \(trace.draws) draws, but the options ask for \(options.num_chains) x \(options.num_draws)"
    )
    let (count, overflow) = trace.chains.multipliedReportingOverflow(by: trace.draws)
    try require(
      !overflow && count <= Memory<Double>.countLimit,
      "\(trace.chains) x \(trace.draws) draws do not fit in memory")
    var checked = Trace(
      chains: Int(trace.chains), draws: Int(trace.draws), losses: losses, baselines: baselines)
    checked.distances = trace.distances
    checked.drawsDone = trace.draws_done
    checked.divergedSteps = trace.diverged_steps
    checked.checks.acceptance = trace.acceptance
    checked.checks.driftNorm = trace.drift_norms
    checked.checks.noiseNorm = trace.noise_norms
    checked.checks.temperature = trace.temperatures
    checked.checks.gradientNoise = trace.gradient_noise
    checked.checks.stiffness = trace.stiffness
    return checked
  }
}

/// As many threads as one run starts at most, whatever is asked for.
let threadLimit = 64
