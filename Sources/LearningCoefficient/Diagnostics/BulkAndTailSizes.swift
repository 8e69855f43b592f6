extension ScalarTrace {
  /// The effective sample size of the rank-normalised values: how well the chains have explored
  /// where most of the draws are, also where the values have heavy tails. As in ArviZ
  /// `ess(method="bulk")`.
  package var bulkEffectiveSampleSize: Double {
    guard isFinite, draws >= 4 else { return .nan }
    return withoutMiddle.rankNormalized.effectiveSampleSize
  }

  /// The smaller of the effective sample sizes for the share of draws below the 5 % and below the
  /// 95 % quantile. As in ArviZ `ess(method="tail")`.
  ///
  /// Both are defined in Vehtari et al., Rank-normalization, folding, and localization: an improved
  /// R̂, Bayesian Analysis 16 (2021).
  package var tailEffectiveSampleSize: Double {
    guard isFinite, draws >= 4 else { return .nan }
    let sorted = values.sorted()
    func size(_ probability: Double) -> Double {
      let limit = quantile(ofSorted: sorted, probability)
      return ScalarTrace(chains: chains, values: values.map { $0 <= limit ? 1 : 0 }).effectiveSampleSize
    }
    return min(size(0.05), size(0.95))
  }
}

/// Interpolated between the values around position p (n − 1), counting from 0: type 7 of Hyndman and
/// Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996).
///
/// The products are those of ArviZ, rounding for rounding. Between two equal values the sum may fall
/// short of both by a bit, and then none of the values that are equal to it counts as below.
private func quantile(ofSorted values: [Double], _ p: Double) -> Double {
  let position = Double(values.count) * p + (1 - p)  // from 1
  let below = Int(position)
  let share = position - Double(below)
  return (1 - share) * values[below - 1] + share * values[below]
}
