import LearningCoefficient
import TensorCore
import Testing

@Suite struct DiagnosticsTests {
  @Test(arguments: arvizReference)
  func agreesWithArviz(reference: ReferenceTrace) throws {
    let trace = try reference.trace()
    let size = trace.effectiveSampleSize
    #expect(agree(size, reference.effectiveSampleSize))
    #expect(agree(trace.bulkEffectiveSampleSize, reference.bulkEffectiveSampleSize))
    #expect(agree(trace.tailEffectiveSampleSize, reference.tailEffectiveSampleSize))
    #expect(agree(trace.autocorrelationTime(effectiveSampleSize: size), reference.autocorrelationTime))
    #expect(agree(trace.splitRhat, reference.splitRhat))
    #expect(agree(trace.rankRhat, reference.rankRhat))
    #expect(agree(trace.monteCarloError(effectiveSampleSize: size), reference.monteCarloError))
  }

  /// The figures of ArviZ: the effective sample size is the number of draws in use, 2 ⌊draws/2⌋ a
  /// chain.
  @Test(arguments: [(4, 100, 400.0), (2, 101, 200), (1, 10, 10)])
  func aConstant(chains: Int, draws: Int, effectiveSampleSize: Double) throws {
    let trace = try ScalarTrace(chains: chains, draws: draws) { _ in 0.1 }
    #expect(trace.effectiveSampleSizes == [effectiveSampleSize, effectiveSampleSize, effectiveSampleSize])
    #expect(trace.autocorrelationTime(effectiveSampleSize: trace.effectiveSampleSize) == 1)
    #expect(trace.splitRhat.isNaN)
    #expect(trace.rankRhat.isNaN)
    #expect(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize) == 0)
  }

  @Test func constantChainsInDifferentPlaces() throws {
    let trace = try ScalarTrace(chains: 2, draws: 10) { Double($0 / 10) + 1 }
    #expect(agree(trace.effectiveSampleSize, 5))
    #expect(agree(trace.bulkEffectiveSampleSize, 5))
    #expect(agree(trace.tailEffectiveSampleSize, 5))
    #expect(trace.splitRhat == .infinity)
    #expect(trace.rankRhat == .infinity)
    #expect(agree(trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize), 0.22941573387056172))
  }

  /// Chains of one place and different spread: only the distances from the median tell them apart.
  @Test func ranksSeeADifferentSpread() throws {
    let reference = try #require(arvizReference.first { $0.law == .widening })
    #expect(reference.splitRhat < 1.01)
    #expect(try reference.trace().rankRhat > 1.2)
  }

  /// An increasing function of the values leaves their ranks as they are.
  @Test(arguments: arvizReference)
  func ranksAreBlindToTheScale(reference: ReferenceTrace) throws {
    let trace = try reference.trace()
    let cubed = try ScalarTrace(chains: trace.chains, draws: trace.draws) { index in
      let value = trace.values[index]
      return value * value * value
    }
    #expect(cubed.bulkEffectiveSampleSize == trace.bulkEffectiveSampleSize)
    #expect(cubed.tailEffectiveSampleSize == trace.tailEffectiveSampleSize)
  }

  /// No figure depends on the unit; ArviZ itself takes the second trace for a constant.
  @Test(arguments: [0x1p100, 0x1p-100])
  func unitsDoNotMatter(scale: Double) throws {
    for reference in arvizReference {
      let values = reference.values()
      let trace = try ScalarTrace(chains: reference.chains, draws: reference.draws) { values[$0] * scale }
      #expect(agree(trace.effectiveSampleSize, reference.effectiveSampleSize))
      #expect(agree(trace.bulkEffectiveSampleSize, reference.bulkEffectiveSampleSize))
      #expect(agree(trace.tailEffectiveSampleSize, reference.tailEffectiveSampleSize))
      #expect(agree(trace.splitRhat, reference.splitRhat))
      #expect(agree(trace.rankRhat, reference.rankRhat))
      #expect(
        agree(
          trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize),
          reference.monteCarloError * scale))
    }
  }

  @Test(arguments: 1...3)
  func shortChainsHaveNone(draws: Int) throws {
    expectNothing(of: try ScalarTrace(chains: 4, draws: draws) { Double($0 * $0) })
  }

  /// Position 5 of 11 is the draw that splitting leaves out.
  @Test(arguments: [Double.nan, .infinity, -.infinity], [0, 5, 10, 21])
  func oneDrawThatIsNotFinite(value: Double, position: Int) throws {
    expectNothing(of: try ScalarTrace(chains: 2, draws: 11) { $0 == position ? value : Double($0 % 3) })
  }

  private func expectNothing(of trace: ScalarTrace) {
    let size = trace.effectiveSampleSize
    let figures =
      trace.effectiveSampleSizes + [
        trace.splitRhat, trace.rankRhat, trace.monteCarloError(effectiveSampleSize: size),
        trace.autocorrelationTime(effectiveSampleSize: size),
      ]
    #expect(figures.filter { !$0.isNaN }.isEmpty)
  }

  /// Ranks have no squares that overflow.
  @Test(arguments: [1e308, 1e200, 1e-200, .leastNonzeroMagnitude])
  func squaresThatOverOrUnderflow(scale: Double) throws {
    let trace = try ScalarTrace(chains: 2, draws: 10) { $0 % 3 == 0 ? scale : -scale }
    let unit = try ScalarTrace(chains: 2, draws: 10) { $0 % 3 == 0 ? 1 : -1 }
    #expect(trace.effectiveSampleSize.isNaN)
    #expect(!(trace.splitRhat < 1))
    #expect(trace.bulkEffectiveSampleSize == unit.bulkEffectiveSampleSize)
    #expect(trace.tailEffectiveSampleSize == unit.tailEffectiveSampleSize)
    #expect(trace.rankRhat == unit.rankRhat)
  }

  @Test(arguments: [
    (0, 1), (1, 0), (-1, -1), (.min, .min), (.min, 1), (.max, .max), (.max, 1), (1, .max), (.max / 8 + 1, 1),
    (1 << 32, 1 << 31),
  ])
  func absurdShapesAreRefused(chains: Int, draws: Int) {
    #expect(throws: InvalidArgument.self) { try ScalarTrace(chains: chains, draws: draws) { _ in 0 } }
  }
}

extension ScalarTrace {
  /// For the mean, the bulk and the tails.
  fileprivate var effectiveSampleSizes: [Double] {
    [effectiveSampleSize, bulkEffectiveSampleSize, tailEffectiveSampleSize]
  }
}

/// Equal to nine digits, or both NaN.
func agree(_ a: Double, _ b: Double) -> Bool {
  a.isNaN ? b.isNaN : abs(a - b) <= 1e-9 * abs(b)
}
