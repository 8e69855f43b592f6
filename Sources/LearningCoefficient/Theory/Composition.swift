import TensorCore

/// Potentials that share no variable (Watanabe, Algebraic Geometry and Statistical Learning Theory,
/// 2009).
extension ExactCoefficient {
  /// The potential K_1(u) + K_2(v) + …: λ = Σ λ_i and m = 1 + Σ (m_i − 1). The partition functions
  /// ∫ exp(−n K), of order n^(−λ) (log n)^(m−1), multiply.
  public static func sum(of terms: [ExactCoefficient]) throws -> ExactCoefficient {
    guard let first = terms.first else {
      throw InvalidArgument("there are no terms; a sum of potentials needs at least one")
    }
    return try terms.dropFirst().reduce(first) { total, term in
      try ExactCoefficient(
        value: total.value + term.value, multiplicity: added(total.multiplicity, term.multiplicity - 1))
    }
  }

  /// The potential K_1(u) K_2(v) …: λ = min λ_i, and m is the sum of m_i over the factors that
  /// attain it. The zeta functions ∫ K^z multiply, so the orders of a common largest pole add.
  public static func product(of factors: [ExactCoefficient]) throws -> ExactCoefficient {
    guard let least = factors.map(\.value).min() else {
      throw InvalidArgument("there are no factors; a product of potentials needs at least one")
    }
    let multiplicity = try factors.reduce(0) { total, factor in
      factor.value == least ? try added(total, factor.multiplicity) : total
    }
    return try ExactCoefficient(value: least, multiplicity: multiplicity)
  }

  private static func added(_ a: Int, _ b: Int) throws -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow else {
      throw InvalidArgument("the multiplicities \(a) and \(b) add up to more than \(Int.max)")
    }
    return sum
  }
}
