import CSwiftLLC
import LearningCoefficient
import TensorCore

@_cdecl("sllc_estimate_compute")
public func sllc_estimate_compute(
  _ losses: UnsafePointer<Double>?, _ baselines: UnsafePointer<Double>?, _ initLoss: Double, _ chains: Int64,
  _ draws: Int64, _ nbeta: Double, _ llcPerChain: UnsafeMutablePointer<Double>?,
  _ estimate: UnsafeMutablePointer<sllc_estimate>?
) -> sllc_status {
  status {
    let losses = try require(losses, "losses")
    let result = try require(estimate, "estimate")
    let size = result.pointee.struct_size
    try requireSize(size, of: "estimate", atLeast: MemoryLayout<sllc_estimate>.size)
    try requireTraceShape(chains: chains, draws: draws)
    let computed = try Estimate(
      losses: losses, baseline: baselines.map { .paired($0) } ?? .shared(initLoss), chains: Int(chains),
      draws: Int(draws), nbeta: nbeta)
    llcPerChain?.update(from: computed.llcPerChain, count: computed.llcPerChain.count)
    result.pointee = sllc_estimate(
      struct_size: size, llc: computed.llc, standard_error: computed.standardError, llc_std: computed.llcStd,
      effective_sample_size: computed.effectiveSampleSize, split_rhat: computed.splitRhat,
      below_baseline: computed.belowBaseline, rank_rhat: computed.rankRhat,
      bulk_ess: computed.bulkEffectiveSampleSize, tail_ess: computed.tailEffectiveSampleSize,
      autocorrelation_time: computed.autocorrelationTime, tail_rise: computed.tailRise,
      tail_rise_stderr: computed.tailRiseError, monte_carlo_error: computed.monteCarloError)
  }
}

@_cdecl("sllc_burnin_choose")
public func sllc_burnin_choose(
  _ losses: UnsafePointer<Double>?, _ baselines: UnsafePointer<Double>?, _ chains: Int64, _ draws: Int64,
  _ burnin: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  status {
    let losses = try require(losses, "losses")
    let result = try require(burnin, "burnin")
    try requireTraceShape(chains: chains, draws: draws)
    let chosen = try BurnIn.chosen(
      losses: losses, baseline: baselines.map { .paired($0) } ?? .shared(0), chains: Int(chains),
      draws: Int(draws))
    result.pointee = Int64(chosen)
  }
}

/// Throws where no caller can hold such a trace.
private func requireTraceShape(chains: Int64, draws: Int64) throws(InvalidArgument) {
  let (count, overflow) = chains.multipliedReportingOverflow(by: draws)
  try require(
    chains > 0 && draws > 0 && !overflow && count <= Int64(Int32.max),
    "there are \(chains) chains of \(draws) draws; both must be positive, and all draws at most \(Int32.max)")
}
