import Sampling
import TensorCore
import TestSupport
import Testing

/// What holds for each sampler, whatever its law.
@Suite struct EverySamplerTests {
  private static let shifts: [Float] = (0..<10).map { Float($0) / 10 - 0.45 }

  /// A run on minibatches of three out of ten, or all ten for samplers with decisions, with burn-in and checks.
  private func run(
    _ rule: Rule, chains: Int = 3, draws: Int = 40, checks: Int = 10, threads: Int = 1,
    lrFactors: [Double] = [], lr: Double? = nil
  ) throws -> Recorded {
    try record(
      try rule.make(lr: lr, dimension: 2) as any Sampler<Float>, chains: chains, draws: draws, burnin: 3,
      between: 2, checks: checks, lrFactors: lrFactors, seed: 5,
      batchSize: Rule.rejecting.contains(rule) ? 10 : 3, threads: threads, center: [0, 0]
    ) { Quadratic(curvatures: [1, 2], shifts: Self.shifts) }
  }

  @Test(arguments: Rule.allCases) func `any number of threads gives the same bits`(rule: Rule) throws {
    let alone = try run(rule)
    for threads in 2...4 { #expect(try run(rule, threads: threads) == alone) }
  }

  @Test(arguments: Rule.allCases) func `a chain does not depend on how many there are`(rule: Rule) throws {
    #expect(Array(try run(rule, chains: 5).losses[..<2]) == (try run(rule, chains: 2)).losses)
  }

  @Test(arguments: Rule.allCases) func `checking moves does not change the chain`(rule: Rule) throws {
    let (none, all) = (try run(rule, checks: 0), try run(rule, checks: 1000))
    #expect(none.losses == all.losses && none.distances == all.distances)
  }

  @Test(arguments: Rule.allCases) func `a factor of the step is a step, and the last one stays`(rule: Rule)
    throws
  {
    // A power of two, so that the product is exact.
    let smaller = try run(rule, lr: rule.lr / 2)
    #expect(try run(rule, lrFactors: [0.5]).losses == smaller.losses)
    #expect(try run(rule, lrFactors: [0.5, 0.5, 1]).losses != smaller.losses)
  }

  @Test(arguments: Rule.allCases) func `nothing is allocated per step`(rule: Rule) throws {
    func allocations(draws: Int) throws -> Int64 {
      let before = test_allocation_count()
      _ = try run(rule, chains: 1, draws: draws, checks: draws)
      return test_allocation_count() - before
    }
    _ = try allocations(draws: 10)
    // What a recording itself allocates grows with the logarithm of its arrays.
    #expect(abs(try allocations(draws: 2000) - allocations(draws: 1000)) < 100)
  }

  @Test(arguments: Rule.allCases.filter { !Rule.rejecting.contains($0) })
  func `a chain that flies away is told`(rule: Rule) throws {
    let recorded = try record(
      try rule.make(lr: 1e3, dimension: 1) as any Sampler<Float>, draws: 3000, center: [1]
    ) { Quartic() }
    #expect(recorded.state == .diverged && recorded.divergedSteps[0] > 0)
  }

  @Test(arguments: Rule.rejecting) func `one that decides rejects a move that flies away`(rule: Rule) throws {
    let recorded = try record(
      try rule.make(lr: 1e6, dimension: 1) as any Sampler<Float>, draws: 50, center: [1]
    ) { Quartic() }
    #expect(recorded.state == .finished && recorded.acceptance == [0])
    #expect(recorded.losses[0] == [Double](repeating: 1, count: 50))
  }
}
