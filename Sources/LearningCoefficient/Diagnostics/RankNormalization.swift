extension ScalarTrace {
  /// The draws that halves are made of: of an odd number the middle one is left out.
  var withoutMiddle: ScalarTrace {
    draws % 2 == 0 ? self : ScalarTrace(chains: chains, values: halves.flatMap { $0 })
  }

  /// Each value replaced by the normal quantile of its rank r among all S of all chains,
  ///
  ///     z = Φ⁻¹((r − 3/8) / (S + 1/4)),
  ///
  /// r counting from 1, and equal values sharing their mean rank. So what follows is the same for
  /// every increasing function of the values, and exists where they have no variance.
  ///
  /// Blom, Statistical Estimates and Transformed Beta-Variables, 1958, for 3/8; Vehtari et al.,
  /// Rank-normalization, folding, and localization: an improved R̂, Bayesian Analysis 16 (2021).
  var rankNormalized: ScalarTrace {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var scores = values
    var first = 0
    while first < order.count {
      let value = values[order[first]]
      let end = order[first...].firstIndex { values[$0] != value } ?? order.count
      let rank = Double(first + 1 + end) / 2
      let score = normalQuantile((rank - 0.375) / (Double(order.count) + 0.25))
      for index in order[first..<end] { scores[index] = score }
      first = end
    }
    return ScalarTrace(chains: chains, values: scores)
  }

  /// Each value replaced by its distance from the median, of an even number of values: by it,
  /// chains that differ only in their spread differ in their location.
  var folded: ScalarTrace {
    let sorted = values.sorted()
    let median = (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
    return ScalarTrace(chains: chains, values: values.map { abs($0 - median) })
  }
}
