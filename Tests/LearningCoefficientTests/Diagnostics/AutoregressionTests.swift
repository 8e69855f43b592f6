import Glibc
import LearningCoefficient
import Testing

/// Gaussian autoregression x ← ρ x + √(1 − ρ²) z, whose lag-t correlation is ρ^t for x and ρ^(2t)
/// for x². So the autocorrelation times are (1 + ρ)/(1 − ρ) = 19 and (1 + ρ²)/(1 − ρ²) = 9.526 at ρ
/// = 0.9, and of 4 × 10000 draws the effective sample sizes 2105 and 4199.
@Suite struct AutoregressionTests {
  static let correlation = 0.9
  static let (chains, draws) = (4, 10_000)
  static let replicates = 16

  /// A sum of the autocorrelations of N draws up to lag W has the relative variance 2 (2W + 1)/N
  /// (Madras and Sokal, Journal of Statistical Physics 50, 1988, appendix C). For x, ρ_t sinks into
  /// its noise of √(τ/2N) ≈ 0.015 at W ≈ 40, and for x² at 20; the noise is itself correlated, so
  /// Geyer's sequence ends up to twice as late. With 80 and 40 one run has a standard deviation of
  /// 9.0 % and 6.4 %, the mean of 16 runs a quarter of that, and four standard deviations of the
  /// mean are 9.0 % and 6.4 % again. (Observed for one run: 9.3 % and 6.7 %.)
  @Test(arguments: [(1, 2105.0, 0.090), (2, 4199.0, 0.064)])
  func effectiveSampleSize(power: Int, expected: Double, tolerance: Double) throws {
    let count = Double(Self.chains * Self.draws)
    let times = try (0..<Self.replicates).map { replicate in
      let x = stationary(
        chains: Self.chains, draws: Self.draws, correlation: Self.correlation, seed: replicate)
      let trace = try ScalarTrace(chains: Self.chains, draws: Self.draws) {
        power == 2 ? x[$0] * x[$0] : x[$0]
      }
      return count / trace.effectiveSampleSize
    }
    let mean = times.reduce(0, +) / Double(times.count)
    #expect(abs(mean / (count / expected) - 1) < tolerance)
  }

  /// The error bar must be that of the mean: over the replicates, (mean of x² − 1) / error has
  /// variance 1. Its sample variance is χ²(16)/16, within 0.3 … 2.3 but for one case in a thousand.
  /// Errors that ignore autocorrelation would give 9.5.
  @Test func monteCarloErrorCoversTheTruth() throws {
    let squares = try (0..<Self.replicates).map { replicate in
      let x = stationary(
        chains: Self.chains, draws: Self.draws, correlation: Self.correlation, seed: replicate)
      let trace = try ScalarTrace(chains: Self.chains, draws: Self.draws) { x[$0] * x[$0] }
      let mean = trace.values.reduce(0, +) / Double(trace.values.count)
      let score = (mean - 1) / trace.monteCarloError(effectiveSampleSize: trace.effectiveSampleSize)
      return score * score
    }
    #expect((0.3...2.3).contains(squares.reduce(0, +) / Double(squares.count)))
  }

  /// Without oscillations the window of 5 τ sees τ = 19 too, one run with a standard deviation of √(2 (10 τ + 1)/N) =
  /// 9.8 %. The larger of two estimates is too large by at most half of their mean distance, some 6 %.
  @Test func theCautiousSizeIsHardlySmallerWithoutOscillations() throws {
    let count = Double(Self.chains * Self.draws)
    let times = try (0..<Self.replicates).map { replicate in
      let x = stationary(
        chains: Self.chains, draws: Self.draws, correlation: Self.correlation, seed: replicate)
      let trace = try ScalarTrace(chains: Self.chains, draws: Self.draws) { x[$0] }
      return count / trace.sampleSizes.cautious
    }
    let mean = times.reduce(0, +) / Double(times.count)
    #expect((1 - 0.098...1 + 0.098 + 0.06).contains(mean / 19))
  }

  /// The energy x² of an underdamped oscillator has the correlations r^2t (1 + cos 2θt) / 2, which all but vanish at
  /// 2θt = π and come back. With q = r² their sum is known,
  ///
  ///     τ = 1 + q/(1 − q) + (q cos 2θ − q²)/(1 − 2q cos 2θ + q²) = 24.9.
  ///
  /// Over a window of 5 τ one run has a standard deviation of √(2 (10 τ + 1)/N) = 11 %, the mean of 16 a quarter of
  /// that, and four of those are 11 % again. Geyer's monotone sequence takes no account of what comes after the dip.
  @Test func theCautiousSizeSeesThroughOscillations() throws {
    let (q, angle) = (0.98 * 0.98, 0.24)
    let cosine = cos(2 * angle)
    let expected = 1 + q / (1 - q) + (q * cosine - q * q) / (1 - 2 * q * cosine + q * q)
    let count = Double(Self.chains * Self.draws)
    var (cautious, geyer) = (0.0, 0.0)
    for replicate in 0..<Self.replicates {
      let x = oscillating(
        chains: Self.chains, draws: Self.draws, damping: 0.98, angle: angle, seed: replicate)
      let energy = try ScalarTrace(chains: Self.chains, draws: Self.draws) { x[$0] * x[$0] }
      let sizes = energy.sampleSizes
      cautious += count / sizes.cautious / Double(Self.replicates)
      geyer += count / sizes.effective / Double(Self.replicates)
    }
    #expect(abs(cautious / expected - 1) < 0.11)
    #expect(geyer < expected / 2)
  }
}
