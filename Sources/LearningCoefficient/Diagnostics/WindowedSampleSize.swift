extension ScalarTrace {
  /// `effectiveSampleSize`, and the one that the standard error is made from: the smaller of it and N / τ, with τ
  /// summed over a window that grows with it.
  ///
  /// Geyer's sequence ends at the first dip of the correlations, which of a reversible chain is noise. Underdamped
  /// Langevin dynamics is not reversible: a stiff direction oscillates, its energy with correlations e^(−ct) (1 + cos
  /// 2ωt) / 2, and the first dip may come long before their end.
  package var sampleSizes: (effective: Double, cautious: Double) {
    let correlations = HalfChainCorrelations(self)
    let size = effectiveSampleSize(by: correlations)
    guard let correlations else { return (size, size) }
    return (size, min(size, Double(drawsInHalves) / ScalarTrace.windowedTime(correlations)))
  }

  /// Of a window of so many autocorrelation times the rest is negligible (Sokal, Monte Carlo methods in statistical
  /// mechanics, 1989).
  private static let windowTimes = 5.0

  /// τ(M) = 1 + 2 Σ_{t ≤ M} ρ_t for the first M ≥ 5 τ(M), or of all lags.
  private static func windowedTime(_ correlations: HalfChainCorrelations) -> Double {
    var time = 1.0
    for lag in 1..<correlations.count {
      time += 2 * correlations[lag]
      if Double(lag) >= windowTimes * time { break }
    }
    return max(time, 0)
  }
}
