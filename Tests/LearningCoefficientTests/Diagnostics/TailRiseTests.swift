import LearningCoefficient
import Testing

@Suite struct TailRiseTests {
  /// A fit by another way; 1e-9 of the trace's own scale, since a slope may be near zero.
  @Test(arguments: arvizReference)
  func agreesWithLeastSquares(reference: ReferenceTrace) throws {
    let tail = TailRise(try reference.trace())
    #expect(tail.rise.isNaN == (reference.draws < 20))
    #expect(agree(tail.standardError, reference.tailRiseError))
    guard reference.draws >= 20 else { return }
    #expect(abs(tail.rise - reference.tailRise) <= 1e-9 * reference.tailRiseError)
  }

  /// The second half of 0 ..< 400, in stretches of 20 draws.
  @Test func aStraightLineRisesByItsSlope() throws {
    let tail = TailRise(try ScalarTrace(chains: 2, draws: 400) { Double($0 % 400) + Double($0 / 400) * 1000 })
    #expect(agree(tail.rise, 200))
    #expect(tail.standardError < 1e-9)
  }

  /// Over stationary traces of short memory, rise / error has variance 1. The sample variance of 200 of
  /// them is within 4 standard deviations, √(2/200) each; error bars of 20 % less would be seen.
  @Test func theErrorIsThatOfTheRise() throws {
    let squares = try (0..<200).map { seed in
      let x = stationary(chains: 4, draws: 1000, correlation: 0, seed: seed)
      let tail = TailRise(try ScalarTrace(chains: 4, draws: 1000) { x[$0] })
      return tail.rise * tail.rise / (tail.standardError * tail.standardError)
    }
    #expect(abs(squares.reduce(0, +) / 200 - 1) < 0.4)
  }

  @Test func withoutTwentyFiniteDrawsThereIsNone() throws {
    for trace in [
      try ScalarTrace(chains: 4, draws: 19) { Double($0) },
      try ScalarTrace(chains: 2, draws: 40) { $0 == 3 ? .nan : Double($0) },
      try ScalarTrace(chains: 2, draws: 40) { $0 == 79 ? .infinity : Double($0) },
    ] {
      let tail = TailRise(trace)
      #expect(tail.rise.isNaN && tail.standardError.isNaN)
    }
  }

  @Test func aConstantDoesNotRise() throws {
    let tail = TailRise(try ScalarTrace(chains: 1, draws: 20) { _ in 0.1 })
    #expect(tail.rise == 0 && tail.standardError == 0)
  }
}
