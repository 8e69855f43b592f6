import Glibc
import Sampling
import TensorCore
import Testing

/// Chains that may not go everywhere.
@Suite struct MaskAndBoxTests {
  /// The places of a chain on Σ w_i² with the free parameters of `mask`.
  private func places(
    _ rule: Rule, curvatures: [Float], center: [Float], mask: [UInt8]? = nil, boundingBox: Double = .infinity,
    steps: Int = 500
  ) throws -> [[Float]] {
    let restriction = try mask.map { try Restriction<Float>(mask: $0, fullCount: center.count) }
    let setup = ChainSetup<Float>(
      center: try Center(center, dimension: center.count, restriction: restriction), boundingBox: boundingBox,
      schedule: try Schedule(draws: steps, burninSteps: 0, stepsBetweenDraws: 1), sampleCount: 1,
      batchSize: 1, seed: 3, makeSampler: { try rule.make(dimension: $0) })
    let chain = try Chain(setup)
    let potential = Quadratic<Float>(curvatures: curvatures, minimum: center)
    let losses = try Memory<Double>(count: 1)
    var places: [[Float]] = []
    while chain.step < steps {
      repeat {
        potential.gradient(
          of: chain.batch, at: chain.parameters, losses: losses.pointer, into: chain.gradient)
      } while chain.arrive(loss: losses.pointer[0]) == nil
      places.append(center.indices.map { chain.parameters[$0] })
      chain.leave()
    }
    return places
  }

  @Test(arguments: Rule.allCases)
  func `what is masked stays, bit for bit, and the rest moves as if alone`(rule: Rule) throws {
    // Among them a negative zero, which no sum with 0 leaves as it is.
    let center: [Float] = [1, -0.0, 0.1, 2, .leastNonzeroMagnitude]
    let masked = try places(rule, curvatures: [1, 5, 2, 7, 3], center: center, mask: [1, 0, 1, 0, 0])
    let alone = try places(rule, curvatures: [1, 2], center: [1, 0.1])
    for (all, free) in zip(masked, alone) {
      #expect([all[0], all[2]] == free)
      for i in [1, 3, 4] { #expect(all[i].bitPattern == center[i].bitPattern) }
    }
    #expect(Set(masked.map { $0[0] }).count > 100)
  }

  @Test(arguments: Rule.allCases) func `with everything masked nothing moves`(rule: Rule) throws {
    let recorded = try record(
      try rule.make(dimension: 0) as any Sampler<Double>, draws: 20, checks: 5, center: [1, 2], mask: [0, 0]
    ) { Quadratic(curvatures: [1, 1]) }
    #expect(recorded.state == .finished && recorded.llc(nbeta: 100) == 0)
    #expect(recorded.distances == [[Double](repeating: 0, count: 20)])
  }

  @Test(arguments: Rule.allCases) func `no draw is outside the box`(rule: Rule) throws {
    let box = 0.05
    let seen = try places(rule, curvatures: [0, 2], center: [0, 0], boundingBox: box, steps: 2000)
    #expect(seen.allSatisfy { $0.allSatisfy { abs($0) <= Float(box) } })
    #expect(seen.contains { abs($0[0]) > 0.04 })
  }

  /// The law exp(−hw²/2) cut off at ±b has ⟨w²⟩ = ∫w² e / ∫e. A step of SGLD sees the wall from its own length away, so
  /// that its step has to be small.
  @Test(arguments: [(Rule.sgld, 1e-5), (.underdamped, 0.01), (.hmc, 0.05), (.mala, 1e-3)])
  func `inside the box the law is the posterior's`(rule: Rule, lr: Double) throws {
    let (h, box) = (205.0, 0.08)  // somewhat more than one standard deviation
    var (mass, second) = (0.0, 0.0)
    for i in 0..<20_000 {
      let w = box * (Double(i) + 0.5) / 20_000
      mass += exp(-h * w * w / 2)
      second += w * w * exp(-h * w * w / 2)
    }
    let posterior = Posterior<Double>(nbeta: 100, localization: 5)
    let recorded = try record(
      try rule.make(posterior, lr: lr, dimension: 1), chains: 4, draws: 20_000, burnin: 2000, between: 25,
      seed: 8, threads: 2, center: [0], boundingBox: box
    ) { Quadratic(curvatures: [2]) }
    let batches = recorded.losses.flatMap { losses in
      (0..<20).map { Array(losses[$0 * 1000..<($0 + 1) * 1000]).mean }
    }
    // The loss is w².
    #expect(abs(batches.mean - second / mass) < 4 * batches.standardError)
  }
}
