extension ScalarTrace {
  /// Split R̂: the spread that all half chains have together, over the spread that each has. With W
  /// the mean variance of a half chain of n draws, and B/n the variance of their means,
  ///
  ///     R̂ = √[((n − 1)/n · W + B/n) / W].
  ///
  /// Near 1 after convergence; large if chains, or the halves of one, are in different places. NaN
  /// for one chain or fewer than 4 draws, as in ArviZ `rhat(method="split")`, and if nothing
  /// varies.
  ///
  /// Gelman and Rubin (1992), here without ranks: Vehtari et al., Rank-normalization, folding, and
  /// localization: an improved R̂, Bayesian Analysis 16 (2021).
  package var splitRhat: Double {
    guard isFinite, chains >= 2, draws >= 4 else { return .nan }
    let moments = halves.map(Moments.init)
    let within = Moments(moments.map(\.variance)[...]).mean
    let between = Moments(moments.map(\.mean)[...]).variance
    let n = Double(draws / 2)
    return ((n - 1) / n + between / within).squareRoot()
  }
}
