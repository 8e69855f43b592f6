import Glibc

extension ScalarTrace {
  /// The number of independent draws that would estimate the mean as well as these N do: N / τ,
  /// with τ the integrated autocorrelation time over half chains.
  ///
  /// NaN for fewer than 4 draws; N if nothing varies. Antithetic chains may have more than N, but
  /// no more than N log₁₀ N, where the estimate of τ is lost in its noise. The same number as in
  /// Stan and ArviZ `ess(method="mean")`, save that ArviZ takes any range below 1e-15 for a
  /// constant, whatever the unit.
  ///
  /// Vehtari et al., Rank-normalization, folding, and localization: an improved R̂, Bayesian
  /// Analysis 16 (2021).
  package var effectiveSampleSize: Double { effectiveSampleSize(by: HalfChainCorrelations(self)) }

  /// The same, where the correlations are known.
  func effectiveSampleSize(by correlations: HalfChainCorrelations?) -> Double {
    guard isFinite, draws >= 4 else { return .nan }
    let count = Double(drawsInHalves)
    if let value = values.first, halves.allSatisfy({ $0.allSatisfy { $0 == value } }) { return count }
    guard let correlations else { return .nan }
    return count / max(uncappedTime(correlations), 1 / log10(count))
  }

  /// τ as the effective sample size has it, after the cap: in draws, 1 where they are independent.
  package func autocorrelationTime(effectiveSampleSize: Double) -> Double {
    Double(drawsInHalves) / effectiveSampleSize
  }

  /// N: of an odd number of draws the halves leave out the middle one.
  var drawsInHalves: Int { chains * 2 * (draws / 2) }

  /// τ = −1 + 2 Σ P_k, with P_k = ρ_2k + ρ_2k+1 the autocorrelations in pairs.
  ///
  /// Of a reversible chain the P_k are positive and decrease, and what does not is noise. So the
  /// sum ends before the first P_k ≤ 0, and no P_k counts for more than the one before it (Geyer's
  /// initial monotone sequence, 1992). The even half of the pair at which it ends is still added
  /// once, which makes the estimate less biased for antithetic chains.
  private func uncappedTime(_ correlations: HalfChainCorrelations) -> Double {
    let n = correlations.count
    var sum = 0.0
    var bound = Double.infinity
    var pair = (even: 1.0, odd: correlations[1])
    var lag = 1
    while lag < n - 3, pair.even + pair.odd > 0 {
      bound = min(bound, pair.even + pair.odd)
      sum += bound
      pair = (correlations[lag + 1], correlations[lag + 2])
      lag += 2
    }
    let rest = pair.even + pair.odd >= 0 ? pair.even : max(pair.even, 0)
    return -1 + 2 * sum + rest
  }
}
