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
    let (count, overflow) = chains.multipliedReportingOverflow(by: draws)
    try require(
      chains > 0 && draws > 0 && !overflow && count <= Int64(Int32.max),
      "there are \(chains) chains of \(draws) draws; both must be positive, and all draws at most \(Int32.max)"
    )
    let computed = try Estimate(
      losses: losses, baseline: baselines.map { .paired($0) } ?? .shared(initLoss), chains: Int(chains),
      draws: Int(draws), nbeta: nbeta)
    llcPerChain?.update(from: computed.llcPerChain, count: computed.llcPerChain.count)
    result.pointee = sllc_estimate(
      struct_size: size, llc: computed.llc, standard_error: computed.standardError, llc_std: computed.llcStd,
      effective_sample_size: computed.effectiveSampleSize, split_rhat: computed.splitRhat,
      below_baseline: computed.belowBaseline)
  }
}
