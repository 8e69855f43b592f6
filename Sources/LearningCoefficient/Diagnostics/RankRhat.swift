extension ScalarTrace {
  /// The larger of two split R̂: that of the rank-normalised values, which sees chains in different
  /// places, and that of their rank-normalised distances from the median, which sees chains of
  /// different spread. Unlike split R̂ it can be trusted where the values have heavy tails.
  ///
  /// NaN where split R̂ is; otherwise as in ArviZ `rhat(method="rank")`.
  ///
  /// Vehtari et al., Rank-normalization, folding, and localization: an improved R̂, Bayesian
  /// Analysis 16 (2021).
  package var rankRhat: Double {
    guard isFinite, chains >= 2, draws >= 4 else { return .nan }
    let used = withoutMiddle
    let bulk = used.rankNormalized.splitRhat
    let tails = used.folded.rankNormalized.splitRhat
    return tails > bulk ? tails : bulk  // NaN for the tails of two values that are equally frequent
  }
}
