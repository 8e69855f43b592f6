import LearningCoefficient
import TensorCore
import Testing

@Suite struct EstimateTests {
  @Test func oneChain() throws {
    let estimate = try Estimate(
      losses: [1, 2, 3], baseline: .shared(0), chains: 1, draws: 3, nbeta: 1)
    #expect(estimate.llc == 2)
    #expect(estimate.llcPerChain == [2])
    #expect(estimate.llcStd.isNaN)
    #expect(estimate.standardError.isNaN)
    #expect(estimate.effectiveSampleSize.isNaN)
    #expect(estimate.splitRhat.isNaN)
    #expect(estimate.rankRhat.isNaN)
    #expect(estimate.tailRise.isNaN)
    #expect(estimate.belowBaseline == 0)
  }

  @Test func spreadBetweenChainsHasDivisorOneLess() throws {
    let estimate = try Estimate(losses: [1, 1, 3, 3], baseline: .shared(0), chains: 2, draws: 2, nbeta: 1)
    #expect(estimate.llcPerChain == [1, 3])
    #expect(estimate.llc == 2)
    #expect(estimate.llcStd == 2.0.squareRoot())
  }

  /// Losses far larger than their differences: each difference is exact, that of the means would
  /// not be.
  @Test func differencesArePaired() throws {
    let offset = 0x1p40
    let baselines = (0..<10).map { offset * Double($0 % 3 + 1) }
    let losses = baselines.enumerated().map { $1 + ($0 % 5 == 0 ? -0.25 : 0.5) }
    try losses.withUnsafeBufferPointer { losses in
      try baselines.withUnsafeBufferPointer { baselines in
        let estimate = try Estimate(
          losses: #require(losses.baseAddress), baseline: .paired(#require(baselines.baseAddress)), chains: 1,
          draws: 10, nbeta: 100)
        #expect(estimate.llc == 35)
        #expect(estimate.belowBaseline == 0.2)
      }
    }
  }

  @Test(arguments: arvizReference)
  func errorBarFollowsTheTrace(reference: ReferenceTrace) throws {
    let nbeta = 144.76
    let losses = reference.values().map { $0 + 2.3 }
    let estimate = try Estimate(
      losses: losses, baseline: .shared(2.3), chains: reference.chains, draws: reference.draws, nbeta: nbeta)
    #expect(agree(estimate.monteCarloError, nbeta * reference.monteCarloError))
    // ArviZ's, or more where a window of the autocorrelations says so.
    let trace = try ScalarTrace(chains: reference.chains, draws: reference.draws) { losses[$0] - 2.3 }
    let cautious = trace.monteCarloError(effectiveSampleSize: trace.sampleSizes.cautious)
    #expect(agree(estimate.standardError, nbeta * cautious))
    #expect(!(estimate.standardError < nbeta * reference.monteCarloError * (1 - 1e-9)))
    #expect(agree(estimate.effectiveSampleSize, reference.effectiveSampleSize))
    #expect(agree(estimate.splitRhat, reference.splitRhat))
    #expect(agree(estimate.autocorrelationTime, reference.autocorrelationTime))
    #expect(agree(estimate.tailRiseError, nbeta * reference.tailRiseError))
    #expect(estimate.tailRise.isNaN == reference.tailRise.isNaN)
    #expect(estimate.belowBaseline == Double(losses.count { $0 < 2.3 }) / Double(losses.count))
  }

  @Test(arguments: 1...5)
  func fewDrawsHaveAnErrorFromFourOn(draws: Int) throws {
    let losses = (0..<2 * draws).map { Double($0 % 3) }
    let estimate = try Estimate(losses: losses, baseline: .shared(0), chains: 2, draws: draws, nbeta: 1)
    #expect(estimate.standardError.isFinite == (draws >= 4))
  }

  @Test func aConstantTraceHasNoError() throws {
    let losses = [Double](repeating: 0.7, count: 20)
    let estimate = try Estimate(losses: losses, baseline: .shared(0.1), chains: 2, draws: 10, nbeta: 10)
    #expect(estimate.llc == 10 * (0.7 - 0.1))
    #expect(estimate.standardError == 0)
    #expect(estimate.llcStd == 0)
    #expect(estimate.effectiveSampleSize == 20)
    #expect(estimate.splitRhat.isNaN)
  }

  @Test func negativeEstimatesAreNotClipped() throws {
    let estimate = try Estimate(losses: [1, 2, 1, 2], baseline: .shared(3), chains: 1, draws: 4, nbeta: 2)
    #expect(estimate.llc == -3)
    #expect(estimate.belowBaseline == 1)
  }

  /// As of a chain that ended early. The others keep their own estimates.
  @Test(arguments: [Double.nan, .infinity])
  func aDrawThatIsNotFinite(loss: Double) throws {
    let estimate = try Estimate(
      losses: [1, 2, 1, 2, 1, 2, 1, loss], baseline: .shared(0), chains: 2, draws: 4, nbeta: 1)
    #expect(estimate.llcPerChain[0] == 1.5)
    let figures = [
      estimate.llcPerChain[1], estimate.llc, estimate.llcStd, estimate.standardError,
      estimate.effectiveSampleSize, estimate.splitRhat, estimate.rankRhat, estimate.bulkEffectiveSampleSize,
      estimate.tailEffectiveSampleSize, estimate.autocorrelationTime, estimate.tailRise,
      estimate.tailRiseError,
      estimate.belowBaseline,
    ]
    #expect(figures.filter { !$0.isNaN }.isEmpty)
  }

  @Test func anUnknownBaseline() throws {
    let estimate = try Estimate(losses: [1, 2, 1, 2], baseline: .shared(.nan), chains: 1, draws: 4, nbeta: 1)
    #expect(estimate.llc.isNaN)
    #expect(estimate.belowBaseline.isNaN)
  }

  @Test(arguments: [
    (0, 1, 1.0), (1, 0, 1), (-1, 1, 1), (.min, .min, 1), (.max, .max, 1), (.max, 1, 1), (1, .max, 1),
    (.min, -1, 1), (1, 1, 0), (1, 1, -1), (1, 1, .nan), (1, 1, .infinity),
  ])
  func absurdArgumentsAreRefused(chains: Int, draws: Int, nbeta: Double) {
    #expect(throws: InvalidArgument.self) {
      try Estimate(losses: [1], baseline: .shared(0), chains: chains, draws: draws, nbeta: nbeta)
    }
  }
}
