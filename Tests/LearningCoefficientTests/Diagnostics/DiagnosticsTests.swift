import LearningCoefficient
import TensorCore
import Testing

@Suite struct DiagnosticsTests {
  @Test(arguments: arvizReference)
  func agreesWithArviz(reference: ReferenceTrace) throws {
    let trace = try reference.trace()
    #expect(agree(trace.effectiveSampleSize, reference.effectiveSampleSize))
    #expect(agree(trace.splitRhat, reference.splitRhat))
    #expect(
      agree(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize), reference.monteCarloError))
  }

  /// The figures of ArviZ: the effective sample size is the number of draws in use, 2 ⌊draws/2⌋ a
  /// chain.
  @Test(arguments: [(4, 100, 400.0), (2, 101, 200), (1, 10, 10)])
  func aConstant(chains: Int, draws: Int, effectiveSampleSize: Double) throws {
    let trace = try ScalarTrace(chains: chains, draws: draws) { _ in 0.1 }
    #expect(trace.effectiveSampleSize == effectiveSampleSize)
    #expect(trace.splitRhat.isNaN)
    #expect(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize) == 0)
  }

  @Test func constantChainsInDifferentPlaces() throws {
    let trace = try ScalarTrace(chains: 2, draws: 10) { Double($0 / 10) + 1 }
    #expect(agree(trace.effectiveSampleSize, 5))
    #expect(trace.splitRhat == .infinity)
    #expect(agree(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize), 0.22941573387056172))
  }

  /// No figure depends on the unit; ArviZ itself takes the second trace for a constant.
  @Test(arguments: [0x1p100, 0x1p-100])
  func unitsDoNotMatter(scale: Double) throws {
    for reference in arvizReference {
      let values = reference.values()
      let trace = try ScalarTrace(chains: reference.chains, draws: reference.draws) { values[$0] * scale }
      #expect(agree(trace.effectiveSampleSize, reference.effectiveSampleSize))
      #expect(agree(trace.splitRhat, reference.splitRhat))
      #expect(
        agree(
          trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize),
          reference.monteCarloError * scale))
    }
  }

  @Test(arguments: 1...3)
  func shortChainsHaveNone(draws: Int) throws {
    let trace = try ScalarTrace(chains: 4, draws: draws) { Double($0 * $0) }
    #expect(trace.effectiveSampleSize.isNaN)
    #expect(trace.splitRhat.isNaN)
    #expect(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize).isNaN)
  }

  /// Position 5 of 11 is the draw that splitting leaves out.
  @Test(arguments: [Double.nan, .infinity, -.infinity], [0, 5, 10, 21])
  func oneDrawThatIsNotFinite(value: Double, position: Int) throws {
    let trace = try ScalarTrace(chains: 2, draws: 11) { $0 == position ? value : Double($0 % 3) }
    #expect(trace.effectiveSampleSize.isNaN)
    #expect(trace.splitRhat.isNaN)
    #expect(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize).isNaN)
  }

  @Test(arguments: [1e308, 1e200, 1e-200, .leastNonzeroMagnitude])
  func squaresThatOverOrUnderflow(scale: Double) throws {
    let trace = try ScalarTrace(chains: 2, draws: 10) { $0 % 3 == 0 ? scale : -scale }
    #expect(trace.effectiveSampleSize.isNaN)
    #expect(!(trace.splitRhat < 1))
  }

  @Test(arguments: [
    (0, 1), (1, 0), (-1, -1), (.min, .min), (.min, 1), (.max, .max), (.max, 1), (1, .max), (.max / 8 + 1, 1),
    (1 << 32, 1 << 31),
  ])
  func absurdShapesAreRefused(chains: Int, draws: Int) {
    #expect(throws: InvalidArgument.self) { try ScalarTrace(chains: chains, draws: draws) { _ in 0 } }
  }
}

/// Equal to nine digits, or both NaN.
func agree(_ a: Double, _ b: Double) -> Bool {
  a.isNaN ? b.isNaN : abs(a - b) <= 1e-9 * abs(b)
}
