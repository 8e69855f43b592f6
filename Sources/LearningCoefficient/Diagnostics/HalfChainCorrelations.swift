/// The autocorrelations ρ_t of a trace over its half chains of n draws. Deviations between them count as correlation
/// at every lag: ρ_t = 1 − (W − γ_t) / V, with W the mean variance within a half and V that of all draws (Vehtari et
/// al., Bayesian Analysis 16, 2021).
struct HalfChainCorrelations {
  private let autocovariance: [Double]
  private let within: Double
  private let total: Double

  /// nil for fewer than 4 draws, where one is not finite, where nothing varies, or where squares under- or overflow.
  init?(_ trace: ScalarTrace) {
    guard trace.isFinite, trace.draws >= 4 else { return nil }
    let n = Double(trace.draws / 2)
    autocovariance = trace.meanAutocovariance
    within = autocovariance[0] * n / (n - 1)
    total = autocovariance[0] + Moments(trace.halves.map { Moments($0).mean }[...]).variance
    guard total > 0, total.isFinite else { return nil }
  }

  /// The lags there are: 0 ..< count.
  var count: Int { autocovariance.count }

  subscript(lag: Int) -> Double { 1 - (within - autocovariance[lag]) / total }
}
