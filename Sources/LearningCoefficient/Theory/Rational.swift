import TensorCore

/// An exact fraction of two 64-bit integers, in lowest terms, with a positive denominator.
///
/// Intermediate values are 128 bits wide: a sum of two fractions cannot overflow before it is
/// reduced, and only a reduced fraction that still does not fit is refused.
public struct Rational: Sendable, Hashable {
  public let numerator: Int
  public let denominator: Int

  public init(_ numerator: Int, _ denominator: Int = 1) throws {
    try self.init(Int128(numerator), Int128(denominator))
  }

  package init(_ numerator: Int128, _ denominator: Int128) throws {
    guard denominator != 0 else {
      throw InvalidArgument("the fraction \(numerator)/0 has no value; its denominator must not be zero")
    }
    let divisor = greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
    guard let n = Int(exactly: numerator.magnitude / divisor),
      let d = Int(exactly: denominator.magnitude / divisor)
    else {
      throw InvalidArgument(
        "the fraction \(numerator)/\(denominator) does not fit; in lowest terms both parts must be below 2^63"
      )
    }
    self.numerator = (numerator < 0) == (denominator < 0) ? n : -n
    self.denominator = d
  }

  public static func + (left: Rational, right: Rational) throws -> Rational {
    try Rational(
      left.cross(right) + right.cross(left), Int128(left.denominator) * Int128(right.denominator))
  }

  /// This numerator over the common denominator, denominator × other.denominator.
  private func cross(_ other: Rational) -> Int128 { Int128(numerator) * Int128(other.denominator) }
}

extension Rational: Comparable {
  public static func < (left: Rational, right: Rational) -> Bool { left.cross(right) < right.cross(left) }
}

extension Rational: CustomStringConvertible {
  public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// Euclid's algorithm; at least one of the two is positive.
private func greatestCommonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
