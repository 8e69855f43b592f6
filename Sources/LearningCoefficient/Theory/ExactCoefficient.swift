import TensorCore

/// A learning coefficient λ known exactly, with its multiplicity m: near a minimum w* of the
/// potential K,
///
///     volume {w : K(w) < ε} ~ c ε^λ (−log ε)^(m − 1)    as ε → 0
///
/// (Watanabe, Algebraic Geometry and Statistical Learning Theory, 2009: −λ is the largest pole of ∫
/// K(w)^z φ(w) dw, and m its order.)
///
/// Not named LearningCoefficient, as the C struct is: a type with the name of its module hides the
/// module, and no client could write `LearningCoefficient.Rational` any more.
public struct ExactCoefficient: Sendable, Hashable {
  /// λ > 0.
  public let value: Rational
  /// m ≥ 1.
  public let multiplicity: Int

  public init(value: Rational, multiplicity: Int) throws {
    guard value.numerator > 0 else {
      throw InvalidArgument("the learning coefficient \(value) is not positive; every one is")
    }
    guard multiplicity >= 1 else {
      throw InvalidArgument("the multiplicity is \(multiplicity); it must be known, and at least 1")
    }
    self.value = value
    self.multiplicity = multiplicity
  }
}
