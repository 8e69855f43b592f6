import TensorCore

/// The potential Π_j w_j^(2 k_j) under the prior Π_j |w_j|^(h_j): the normal crossing that
/// resolution of singularities turns every analytic potential into.
public enum Monomial {
  /// λ = min_j (h_j + 1) / (2 k_j), and m is the number of j that attain it. A variable with k_j =
  /// 0 takes no part.
  ///
  /// The zeta function is a product of ∫ |w|^(2 k_j z + h_j) dw, each with one simple pole, where
  /// the exponent is −1 (Watanabe 2009).
  ///
  /// - Parameters:
  ///   - powers: k_j ≥ 0, not all 0.
  ///   - priorPowers: h_j ≥ 0; nil: all 0, a prior that is positive at the origin.
  public static func coefficient(powers: [Int], priorPowers: [Int]? = nil) throws -> ExactCoefficient {
    if let priorPowers, priorPowers.count != powers.count {
      throw InvalidArgument(
        "prior_powers has \(priorPowers.count) entries; it must have one for each of the \(powers.count) powers"
      )
    }
    var poles: [Rational] = []
    for (j, power) in powers.enumerated() {
      let priorPower = priorPowers?[j] ?? 0
      guard power >= 0 else { throw InvalidArgument("powers[\(j)] is \(power); it must be at least 0") }
      guard priorPower >= 0 else {
        throw InvalidArgument("prior_powers[\(j)] is \(priorPower); it must be at least 0")
      }
      if power > 0 { poles.append(try Rational(Int128(priorPower) + 1, 2 * Int128(power))) }
    }
    guard let least = poles.min() else {
      throw InvalidArgument("no power is positive; a constant potential has no learning coefficient")
    }
    return try ExactCoefficient(value: least, multiplicity: poles.count { $0 == least })
  }
}
