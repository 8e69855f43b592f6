import LearningCoefficient
import TensorCore
import Testing

@Suite struct MonomialTests {
  @Test(
    arguments: [
      ([1], nil, 1, 2, 1),
      ([1, 1], nil, 1, 2, 2),  // a² b²
      ([1, 2], nil, 1, 4, 1),
      ([3, 1, 3], nil, 1, 6, 2),
      ([2, 0], nil, 1, 4, 1),
      ([1, 2], [0, 3], 1, 2, 1),
      ([1, 2], [0, 1], 1, 2, 2),
      ([5], [2], 3, 10, 1),  // (w_1² + w_2² + w_3²)^5 in polar coordinates
      ([1], [.max - 1], .max, 2, 1),
      ([1 << 61], nil, 1, 1 << 62, 1),
      ([.max], [.max - 1], 1, 2, 1),
    ] as [([Int], [Int]?, Int, Int, Int)])
  func knownValues(
    powers: [Int], priorPowers: [Int]?, numerator: Int, denominator: Int, multiplicity: Int
  ) throws {
    let coefficient = try Monomial.coefficient(powers: powers, priorPowers: priorPowers)
    #expect(try coefficient.value == Rational(numerator, denominator))
    #expect(coefficient.multiplicity == multiplicity)
  }

  @Test(
    arguments: [
      ([], nil), ([0, 0], nil), ([-1], nil), ([.min], nil), ([.max], nil), ([1], []), ([1], [0, 0]),
      ([1], [-1]),
      ([1], [.min]),
    ] as [([Int], [Int]?)])
  func absurdArgumentsAreRefused(powers: [Int], priorPowers: [Int]?) {
    #expect(throws: InvalidArgument.self) {
      try Monomial.coefficient(powers: powers, priorPowers: priorPowers)
    }
  }
}
