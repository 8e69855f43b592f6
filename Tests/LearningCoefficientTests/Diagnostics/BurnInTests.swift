import LearningCoefficient
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct BurnInTests {
  private static let replicates = 32

  /// Against the sums of the definition.
  @Test(arguments: arvizReference)
  func minimisesTheStandardError(reference: ReferenceTrace) throws {
    let trace = try reference.trace()
    let stretches = (0..<reference.draws / 5).map { stretch in
      let values = (0..<reference.chains * 5).map {
        trace.values[$0 / 5 * reference.draws + 5 * stretch + $0 % 5]
      }
      return values.reduce(0, +) / Double(values.count)
    }
    func error(_ discarded: Int) -> Double {
      let rest = stretches.dropFirst(discarded)
      let mean = rest.reduce(0, +) / Double(rest.count)
      return rest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rest.count * rest.count)
    }
    let chosen = BurnIn.chosen(from: trace)
    #expect(chosen % 5 == 0 && 0...stretches.count / 2 ~= chosen / 5)
    guard reference.draws >= 10 else { return }
    #expect((0...stretches.count / 2).allSatisfy { error(chosen / 5) <= error($0) * (1 + 1e-9) })
  }

  /// By chance goes about an autocorrelation time, here 19 draws, however long the trace is: on the
  /// average of 32 traces 5 to 20, with a standard error of 6.
  @Test(arguments: [1000, 4000])
  func ofAStationaryTraceLittleGoes(draws: Int) throws {
    let chosen = try (0..<Self.replicates).map { seed in
      let x = stationary(chains: 4, draws: draws, correlation: 0.9, seed: seed)
      return BurnIn.chosen(from: try ScalarTrace(chains: 4, draws: draws) { x[$0] })
    }
    #expect(Double(chosen.reduce(0, +)) / Double(Self.replicates) < 45)
  }

  /// 3 − 3 e^(−t/τ) and unit noise of four chains, which in stretches of 5 is s = 1/√20: it should go
  /// near t = τ log(3 / √2 s), 2.25 τ. A stretch of noise lets each single trace stop up to τ earlier, or
  /// go on for a while.
  @Test(arguments: [20.0, 50, 100])
  func anApproachGoesUntilItSinksIntoTheNoise(time: Double) throws {
    let expected = time * log(3 / 2.0.squareRoot() * 20.0.squareRoot())
    let chosen = try (0..<Self.replicates).map { seed in
      let noise = stationary(chains: 4, draws: 1000, correlation: 0, seed: seed)
      return Double(
        BurnIn.chosen(
          from: try ScalarTrace(chains: 4, draws: 1000) { noise[$0] - 3 * exp(-Double($0 % 1000) / time) }))
    }
    #expect(abs(chosen.reduce(0, +) / Double(Self.replicates) / expected - 1) < 0.3)
    #expect(chosen.allSatisfy { $0 > expected - time })
  }

  @Test(arguments: [(1000, 500), (1009, 500), (1010, 505), (10, 5), (19, 5)])
  func aTraceThatStillClimbsLosesHalf(draws: Int, half: Int) throws {
    let ramp = try ScalarTrace(chains: 3, draws: draws) { Double($0 % draws) }
    #expect(BurnIn.chosen(from: ramp) == half)
    let approach = try ScalarTrace(chains: 3, draws: draws) { -exp(-Double($0 % draws) / Double(draws)) }
    #expect(BurnIn.chosen(from: approach) == half)
  }

  /// Nothing can be said, or nothing is to be gained.
  @Test func otherwiseNothingGoes() throws {
    for trace in [
      try ScalarTrace(chains: 4, draws: 9) { Double($0) },
      try ScalarTrace(chains: 1, draws: 1) { Double($0) },
      try ScalarTrace(chains: 2, draws: 100) { $0 == 7 ? .nan : Double($0) },
      try ScalarTrace(chains: 2, draws: 100) { $0 == 7 ? .infinity : Double($0) },
      try ScalarTrace(chains: 2, draws: 100) { Double($0) * 1e307 },
      try ScalarTrace(chains: 3, draws: 100) { _ in 0.1 },
    ] {
      #expect(BurnIn.chosen(from: trace) == 0)
    }
  }

  @Test func theBaselineIsSubtracted() throws {
    let ramp = (0..<100).map(Double.init)
    let plain = try BurnIn.chosen(losses: ramp, baseline: .shared(0), chains: 1, draws: 100)
    #expect(plain == 50)
    let paired = try ramp.withUnsafeBufferPointer { losses in
      let losses = try #require(losses.baseAddress)
      return try BurnIn.chosen(losses: losses, baseline: .paired(losses), chains: 1, draws: 100)
    }
    #expect(paired == 0)
  }
}
