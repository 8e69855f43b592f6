import CSwiftLLC
import Glibc
import Sampling
import TensorCore

/// What the options of a sampler and of a run say of each chain, checked.
struct ChainPlan<T: Scalar> {
  let setup: ChainSetup<T>
  let nbeta: Double
  let batchSize: Int

  init(
    _ samplerOptions: sllc_sampler_options, _ options: sllc_run_options, parameters: UnsafeRawPointer,
    count: Int, samples: Int, isBorrowed: Bool = false
  ) throws {
    try requireSize(options.struct_size, of: "options", atLeast: MemoryLayout<sllc_run_options>.size)
    nbeta = try ChainPlan.checkedNbeta(options.nbeta, samples: samples)
    let restriction = try options.mask.map { try Restriction<T>(mask: $0, fullCount: count) }
    let sampler = try CheckedSampler<T>(
      samplerOptions, nbeta: nbeta, parameterCount: count, restriction: restriction)
    // Where there is a decision, it is about the posterior of all samples.
    batchSize =
      sampler.kind.isExact && options.batch_size == 0
      ? samples : try checkedBatchSize(options.batch_size, samples: samples)
    try require(
      !sampler.kind.isExact || batchSize == samples,
      "batch_size is \(batchSize); MALA and HMC take all \(samples) samples")
    let schedule = try Schedule(
      draws: Int(options.num_draws), burninSteps: Int(options.num_burnin_steps),
      stepsBetweenDraws: Int(options.num_steps_bw_draws),
      // Without noise a move is no proposal.
      moveChecks: samplerOptions.noise_level == 0 ? 0 : Int(options.num_acceptance_checks),
      lrFactors: try ChainPlan.checkedFactors(options))
    try require(
      (0...1).contains(options.with_replacement),
      "with_replacement is \(options.with_replacement); it must be 0 or 1")
    setup = ChainSetup(
      center: try Center(
        parameters.assumingMemoryBound(to: T.self), dimension: count, restriction: restriction,
        isBorrowed: isBorrowed),
      boundingBox: samplerOptions.bounding_box, schedule: schedule, sampleCount: samples,
      batchSize: batchSize, withReplacement: options.with_replacement == 1, seed: options.seed,
      makeSampler: { try sampler.make(dimension: $0) })
  }

  private static func checkedNbeta(_ nbeta: Double, samples: Int) throws(InvalidArgument) -> Double {
    if nbeta.isNaN {
      try require(samples > 1, "nbeta has no default for one sample, since log 1 = 0; give nbeta")
      return Double(samples) / log(Double(samples))
    }
    try requirePositive(nbeta, "nbeta", in: T.precision)
    return nbeta
  }

  private static func checkedFactors(_ options: sllc_run_options) throws(InvalidArgument) -> [Double] {
    guard let factors = options.lr_factors else { return [] }
    try requireCount(options.lr_factor_count, "lr_factor_count")
    let values = Array(UnsafeBufferPointer(start: factors, count: Int(options.lr_factor_count)))
    for (i, value) in values.enumerated() { try requirePositive(value, "lr_factors[\(i)]", in: T.precision) }
    return values
  }
}
