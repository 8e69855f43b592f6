import LearningCoefficient
import TensorCore
import Testing

@Suite struct CompositionTests {
  private func coefficient(_ numerator: Int, _ denominator: Int, m: Int) throws -> ExactCoefficient {
    try ExactCoefficient(value: Rational(numerator, denominator), multiplicity: m)
  }

  @Test func regularModel() throws {
    let direction = try Monomial.coefficient(powers: [1])
    let model = [ExactCoefficient](repeating: direction, count: 7)
    #expect(try ExactCoefficient.sum(of: model) == coefficient(7, 2, m: 1))
    // w_1² w_2² … w_7²
    #expect(try ExactCoefficient.product(of: model) == coefficient(1, 2, m: 7))
  }

  @Test func sumAddsValuesAndExcessMultiplicities() throws {
    let terms = try [coefficient(1, 2, m: 2), coefficient(1, 3, m: 3), coefficient(3, 2, m: 1)]
    #expect(try ExactCoefficient.sum(of: terms) == coefficient(7, 3, m: 4))
  }

  @Test func productTakesTheLeastAndItsMultiplicities() throws {
    let factors = try [coefficient(1, 2, m: 2), coefficient(1, 3, m: 3), coefficient(2, 6, m: 1)]
    #expect(try ExactCoefficient.product(of: factors) == coefficient(1, 3, m: 4))
  }

  @Test func aMonomialIsTheProductOfItsVariables() throws {
    let (powers, priorPowers) = ([1, 3, 2, 3], [0, 2, 1, 2])
    let variables = try zip(powers, priorPowers).map {
      try Monomial.coefficient(powers: [$0], priorPowers: [$1])
    }
    #expect(
      try ExactCoefficient.product(of: variables)
        == Monomial.coefficient(powers: powers, priorPowers: priorPowers))
  }

  @Test func absurdArgumentsAreRefused() throws {
    #expect(throws: InvalidArgument.self) { try ExactCoefficient.sum(of: []) }
    #expect(throws: InvalidArgument.self) { try ExactCoefficient.product(of: []) }
    let many = try [coefficient(1, 2, m: .max), coefficient(1, 2, m: .max)]
    #expect(throws: InvalidArgument.self) { try ExactCoefficient.sum(of: many) }
    #expect(throws: InvalidArgument.self) { try ExactCoefficient.product(of: many) }
    let large = try [coefficient(.max, 1, m: 1), coefficient(1, 1, m: 1)]
    #expect(throws: InvalidArgument.self) { try ExactCoefficient.sum(of: large) }
    #expect(throws: InvalidArgument.self) { try coefficient(0, 1, m: 1) }
    #expect(throws: InvalidArgument.self) { try coefficient(-1, 2, m: 1) }
    #expect(throws: InvalidArgument.self) { try coefficient(1, 2, m: 0) }
    #expect(throws: InvalidArgument.self) { try coefficient(1, 2, m: .min) }
  }
}
