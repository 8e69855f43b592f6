import CSwiftLLC
import LearningCoefficient
import TensorCore

@_cdecl("sllc_theory_deep_linear")
public func sllc_theory_deep_linear(
  _ widths: UnsafePointer<Int64>?, _ widthCount: Int64, _ rank: Int64,
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  theory(coefficient) {
    try DeepLinearNetwork.coefficient(
      widths: try integers(widths, count: widthCount, "widths"), rank: Int(rank))
  }
}

@_cdecl("sllc_theory_deep_linear_local_bound")
public func sllc_theory_deep_linear_local_bound(
  _ widths: UnsafePointer<Int64>?, _ widthCount: Int64, _ rank: Int64, _ rankAbove: UnsafePointer<Int64>?,
  _ rankBelow: UnsafePointer<Int64>?, _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  status {
    let result = try require(coefficient, "coefficient")
    let widths = try integers(widths, count: widthCount, "widths")
    let layers = max(0, widthCount - 1)
    let bound = try DeepLinearNetwork.localBound(
      widths: widths, rank: Int(rank), rankAbove: try integers(rankAbove, count: layers, "rank_above"),
      rankBelow: try integers(rankBelow, count: layers, "rank_below"))
    result.pointee = sllc_learning_coefficient(
      numerator: Int64(bound.numerator), denominator: Int64(bound.denominator), multiplicity: 0)
  }
}

@_cdecl("sllc_theory_reduced_rank")
public func sllc_theory_reduced_rank(
  _ inputs: Int64, _ hidden: Int64, _ outputs: Int64, _ rank: Int64,
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  theory(coefficient) {
    try ReducedRankRegression.coefficient(
      inputs: Int(inputs), hidden: Int(hidden), outputs: Int(outputs), rank: Int(rank))
  }
}

@_cdecl("sllc_theory_monomial")
public func sllc_theory_monomial(
  _ powers: UnsafePointer<Int64>?, _ priorPowers: UnsafePointer<Int64>?, _ count: Int64,
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  theory(coefficient) {
    let prior = priorPowers == nil ? nil : try integers(priorPowers, count: count, "prior_powers")
    return try Monomial.coefficient(
      powers: try integers(powers, count: count, "powers"), priorPowers: prior)
  }
}

@_cdecl("sllc_theory_sum")
public func sllc_theory_sum(
  _ terms: UnsafePointer<sllc_learning_coefficient>?, _ count: Int64,
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  theory(coefficient) { try ExactCoefficient.sum(of: try coefficients(terms, count: count, "terms")) }
}

@_cdecl("sllc_theory_product")
public func sllc_theory_product(
  _ factors: UnsafePointer<sllc_learning_coefficient>?, _ count: Int64,
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?
) -> sllc_status {
  theory(coefficient) { try ExactCoefficient.product(of: try coefficients(factors, count: count, "factors")) }
}

/// Gives the caller what `compute` returns.
private func theory(
  _ coefficient: UnsafeMutablePointer<sllc_learning_coefficient>?, _ compute: () throws -> ExactCoefficient
) -> sllc_status {
  status {
    let result = try require(coefficient, "coefficient")
    let exact = try compute()
    result.pointee = sllc_learning_coefficient(
      numerator: Int64(exact.value.numerator), denominator: Int64(exact.value.denominator),
      multiplicity: Int64(exact.multiplicity))
  }
}

private func coefficients(
  _ pointer: UnsafePointer<sllc_learning_coefficient>?, count: Int64, _ argument: String
) throws -> [ExactCoefficient] {
  try requireListLength(count, argument)
  if count == 0 { return [] }
  let pointer = try require(pointer, argument)
  return try (0..<Int(count)).map {
    try ExactCoefficient(
      value: try Rational(Int(pointer[$0].numerator), Int(pointer[$0].denominator)),
      multiplicity: Int(pointer[$0].multiplicity))
  }
}
