import Sampling
import TensorCore
import Testing

/// What is measured of moves, against what it is.
@Suite struct MoveCheckTests {
  /// At w − w* = (1, 0, 0, 0) on Σ w², with nβ = 100 and ε = 1e-3: ½ ε nβ ‖g‖ = 0.1, and √(ε d).
  @Test func `drift and noise are those of the move, not of raw gradients and normals`() throws {
    let posterior = Posterior<Double>(nbeta: 100, localization: 0)
    let recorded = try record(SGLD(posterior, lr: 1e-3), draws: 2, checks: 1, center: [1, 0, 0, 0]) {
      Quadratic(curvatures: [2, 2, 2, 2])
    }
    #expect(abs(recorded.checks.driftNorm[0] - 0.1) < 1e-12)
    #expect(abs(recorded.checks.noiseNorm[0] - 4e-3.squareRoot()) < 1e-12)
    #expect(recorded.checks.gradientNoise == [0] && recorded.checks.temperature[0].isNaN)
  }

  /// Samples that differ by shifts s give gradients that differ by ℓ s wherever the chain is: batches of b, drawn with
  /// replacement, have tr C = d (nβ ℓ)² var(s) / b; the step's own, without, a factor (n − b)/(n − 1) less. Half the mean
  /// squared difference of the two is the mean of both.
  @Test func `the noise of the gradients is their covariance`() throws {
    let shifts = (0..<40).map { Double($0) - 19.5 }
    let variance = shifts.reduce(0) { $0 + $1 * $1 } / 40
    let posterior = Posterior<Double>(nbeta: 10, localization: 0)
    let recorded = try record(
      SGLD(posterior, lr: 1e-6), chains: 8, draws: 2000, checks: 2000, batchSize: 4, threads: 2,
      center: [0, 0]
    ) { Quadratic(curvatures: [2, 2], shifts: shifts) }
    let single = 2 * 400 * variance / 4
    let expected = single * (1 + 36.0 / 39) / 2
    let seen = recorded.checks.gradientNoise
    #expect(abs(seen.mean - expected) < 4 * seen.standardError)
  }

  /// Where a direction of curvature h has settled, its variance is 1/h / (1 − εh/4), and dᵀhd is (ε/2)² h³ times that
  /// and ε h.
  @Test func `the stiffness is the curvature of all directions`() throws {
    let posterior = Posterior<Double>(nbeta: 10, localization: 5)
    let expected = [2.0, 40].map { curvature in
      let rate = 1e-3 * (10 * curvature + 5)
      return rate / (1 - rate / 4)
    }.reduce(0, +)
    let recorded = try record(
      SGLD(posterior, lr: 1e-3), chains: 8, draws: 5000, burnin: 500, checks: 5000, threads: 2,
      center: [0, 0]
    ) { Quadratic(curvatures: [2, 40]) }
    let seen = recorded.checks.stiffness
    #expect(abs(seen.mean - expected) < 4 * seen.standardError)
    #expect(seen.standardError < 0.01 * expected)
  }

  /// Underdamped: after O the variance is e²⟨p₁²⟩ + 1 − e². The others: as in their law.
  @Test(arguments: [Rule.underdamped, .sghmc]) func `the temperature is that of the law`(rule: Rule) throws {
    let target = QuadraticTarget.all(noise: 0.2)[3]
    let d = target.dimension
    let law =
      rule == .sghmc
      ? LinearLaw.sghmc(target, lr: rule.lr, friction: 0.2, injected: 0.2)
      : LinearLaw.baoab(target, time: rule.lr, friction: 10, root: .identity(d))
    let squares = law.covariance.trace - law.covariance.leading(d).trace
    let expected = squares / Double(d) / (rule == .sghmc ? rule.lr : 1)
    let recorded = try record(
      try rule.make(target.posterior(), dimension: d) as any Sampler<Double>, chains: 8, draws: 20_000,
      burnin: 1000, checks: 20_000, threads: 2, center: [Double](repeating: 0, count: d)
    ) { try NoisyQuadratic(target) }
    let seen = recorded.checks.temperature
    #expect(abs(seen.mean - expected) < 4 * seen.standardError)
    #expect(expected > 1.01)
  }
}
