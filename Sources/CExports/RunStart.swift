import CSupport
import CSwiftLLC
import Glibc
import Sampling
import TensorCore

/// The arguments of `sllc_run_start`, to be checked and turned into a run.
struct RunStart {
  let program: Program
  let dataset: Dataset
  let parameters: UnsafeRawPointer
  let sampler: sllc_sgld_options
  let options: sllc_run_options
  let trace: sllc_trace

  func begin<T: Scalar>(_: T.Type) throws -> RunHandle {
    try requireSize(sampler.struct_size, of: "sampler", atLeast: MemoryLayout<sllc_sgld_options>.size)
    try requireSize(options.struct_size, of: "options", atLeast: MemoryLayout<sllc_run_options>.size)
    try requireSize(trace.struct_size, of: "trace", atLeast: MemoryLayout<sllc_trace>.size)
    let nbeta = try checkedNbeta(in: T.precision)
    let batchSize = try checkedBatchSize(options.batch_size, samples: dataset.sampleCount)
    let langevin: SGLD<T> = try checkedSampler(nbeta: nbeta)
    let schedule = try Schedule(
      draws: Int(options.num_draws), burninSteps: Int(options.num_burnin_steps),
      stepsBetweenDraws: Int(options.num_steps_bw_draws),
      // Without noise a move is no proposal.
      acceptanceChecks: sampler.noise_level > 0 ? Int(options.num_acceptance_checks) : 0)
    guard let drawBatch = DrawBatch(rawValue: options.draw_batches) else {
      throw InvalidArgument(
        "draw_batches is \(options.draw_batches); it must be SLLC_INDEPENDENT_BATCHES (0) or SLLC_STEP_BATCHES (1)"
      )
    }
    let threads = try checkedThreads()
    let job = try SamplingJob(
      threads: threads, sampler: langevin, schedule: schedule, drawBatch: drawBatch, seed: options.seed,
      batchSize: batchSize,
      center: parameters.assumingMemoryBound(to: T.self), trace: try checkedTrace()
    ) { try GraphPotential<T>(program: program, dataset: dataset, batchSize: batchSize) }
    return RunHandle(try Run(job, threads: threads), nbeta: nbeta, batchSize: batchSize)
  }

  private func checkedNbeta(in precision: Precision) throws(InvalidArgument) -> Double {
    if options.nbeta.isNaN {
      try require(
        dataset.sampleCount > 1, "nbeta has no default for one sample, since log 1 = 0; give nbeta")
      let n = Double(dataset.sampleCount)
      return n / log(n)
    }
    try requirePositive(options.nbeta, "nbeta", in: precision)
    return options.nbeta
  }

  private func checkedSampler<T: Scalar>(nbeta: Double) throws(InvalidArgument) -> SGLD<T> {
    try require(!sampler.lr.isNaN, "lr must be given; it has no default")
    try requirePositive(sampler.lr, "lr", in: T.precision)
    try requireNonnegative(sampler.localization, "localization", in: T.precision)
    try requireNonnegative(sampler.noise_level, "noise_level", in: T.precision)
    try requireNonnegative(sampler.weight_decay, "weight_decay", in: T.precision)
    guard let metric = SGLD<T>.LocalizationMetric(rawValue: sampler.localization_metric) else {
      throw InvalidArgument(
        "localization_metric is \(sampler.localization_metric); it must be SLLC_ISOTROPIC (0) or SLLC_PRECONDITIONER (1)"
      )
    }
    let diagonal = sampler.preconditioner?.assumingMemoryBound(to: T.self)
    try require(
      diagonal != nil || metric == .isotropic,
      "localization_metric is SLLC_PRECONDITIONER, but there is no preconditioner")
    if let diagonal {
      for i in 0..<program.parameters.count where !(diagonal[i] > 0 && diagonal[i].isFinite) {
        throw InvalidArgument(
          "preconditioner[\(i)] is \(diagonal[i]); every element must be positive and finite")
      }
    }
    return SGLD(
      lr: sampler.lr, nbeta: nbeta, localization: sampler.localization, noiseLevel: sampler.noise_level,
      weightDecay: sampler.weight_decay, preconditioner: diagonal, localizationMetric: metric)
  }

  private func checkedThreads() throws(InvalidArgument) -> Int {
    let chains = options.num_chains
    try require(
      (1...Int64(Int32.max)).contains(chains), "num_chains is \(chains); it must be in 1 ... \(Int32.max)")
    try require(
      options.threads >= 0, "threads is \(options.threads); it must be positive, or 0 for one per processor")
    let wanted = options.threads == 0 ? Int(support_processor_count()) : Int(options.threads)
    return min(wanted, Int(chains), RunStart.threadLimit)
  }

  /// As many threads as Debian's OpenBLAS keeps buffers for.
  private static let threadLimit = 64

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
    return Trace(
      chains: Int(trace.chains), draws: Int(trace.draws), losses: losses, baselines: baselines,
      acceptance: trace.acceptance, drawsDone: trace.draws_done, divergedSteps: trace.diverged_steps)
  }
}
