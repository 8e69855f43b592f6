import LearningCoefficient
import TensorCore
import Testing

@Suite struct RationalTests {
  @Test func lowestTermsAndPositiveDenominator() throws {
    let half = try Rational(-3, -6)
    #expect((half.numerator, half.denominator) == (1, 2))
    let negative = try Rational(4, -6)
    #expect((negative.numerator, negative.denominator) == (-2, 3))
    let zero = try Rational(0, -5)
    #expect((zero.numerator, zero.denominator) == (0, 1))
    #expect("\(try Rational(90, 2)), \(negative)" == "45, -2/3")
  }

  @Test func sumAndOrderAreExact() throws {
    #expect(try Rational(1, 6) + Rational(1, 3) == Rational(1, 2))
    // As doubles these two are equal.
    #expect(try Rational(Int.max - 1, Int.max) < Rational(Int.max, Int.max))
    // Neither product fits 64 bits; the sum does.
    #expect(try Rational(1, Int.max) + Rational(Int.max - 1, Int.max) == Rational(1))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    #expect(throws: InvalidArgument.self) { try Rational(1, 0) }
    #expect(throws: InvalidArgument.self) { try Rational(Int.min, 0) }
    #expect(throws: InvalidArgument.self) { try Rational(1, Int.min) }
    #expect(throws: InvalidArgument.self) { try Rational(Int.max) + Rational(1) }
    #expect(throws: InvalidArgument.self) { try Rational(1, Int.max) + Rational(1, Int.max - 1) }
    #expect(try Rational(Int.min, Int.min) == Rational(1))
    #expect(try Rational(2, Int.min) == Rational(-1, 1 << 62))
  }
}
