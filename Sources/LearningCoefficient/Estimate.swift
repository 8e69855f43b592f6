import TensorCore

/// The local learning coefficient from loss traces of localised, tempered Langevin chains,
///
///     λ̂ = nβ (mean over draws of L(w) − L(w*)),
///
/// and how far to trust it. (Lau, Furman, Wang, Murfet and Wei, The local learning coefficient,
/// arXiv 2308.12108.)
///
/// Everything is computed from the differences L(w) − L(w*) of the draws. A difference that is not
/// finite, as of a draw that a run did not reach, makes its chain's estimate and all figures over
/// the chains NaN. λ̂ may be negative: w* is then not a minimum of L, which `belowBaseline` tells
/// more of.
public struct Estimate: Sendable {
  /// λ̂, the mean over chains.
  public let llc: Double
  /// The Monte Carlo standard error of `llc`, nβ sd / √ESS by the cautious ESS; NaN for fewer than 4 draws a chain.
  public let standardError: Double
  /// The same by `effectiveSampleSize`, as others have it: too small for a trace that oscillates.
  public let monteCarloError: Double
  /// The standard deviation between the chains' estimates, with divisor chains − 1; NaN for one
  /// chain.
  public let llcStd: Double
  /// Of the differences, over all chains.
  public let effectiveSampleSize: Double
  /// Of the differences; NaN for one chain.
  public let splitRhat: Double
  /// The larger rank-normalised R̂, of the differences and of their distances from the median; NaN for
  /// one chain.
  public let rankRhat: Double
  /// The effective sample size of the rank-normalised differences.
  public let bulkEffectiveSampleSize: Double
  /// The effective sample size in the tails, the smaller one.
  public let tailEffectiveSampleSize: Double
  /// Draws per effective draw.
  public let autocorrelationTime: Double
  /// How much λ̂ rises over the second half of the draws, and the standard error of that; NaN for fewer
  /// than 20 draws a chain.
  public let tailRise: Double
  public let tailRiseError: Double
  /// The share of draws whose loss is below their baseline.
  public let belowBaseline: Double
  /// λ̂ of each chain by itself.
  public let llcPerChain: [Double]

  /// - Parameter losses: chains × draws, chain by chain.
  public init(losses: UnsafePointer<Double>, baseline: Baseline, chains: Int, draws: Int, nbeta: Double)
    throws
  {
    guard nbeta > 0, nbeta.isFinite else {
      throw InvalidArgument("nbeta is \(nbeta); it must be positive and finite")
    }
    let differences = try ScalarTrace(
      differencesOf: losses, from: baseline, chains: chains, draws: draws)
    llcPerChain = (0..<chains).map { nbeta * Moments(differences.chain($0)).mean }
    let betweenChains = Moments(llcPerChain[...])
    llc = betweenChains.mean
    llcStd = betweenChains.variance.squareRoot()
    let sizes = differences.sampleSizes
    effectiveSampleSize = sizes.effective
    monteCarloError = nbeta * differences.monteCarloError(effectiveSampleSize: sizes.effective)
    standardError = nbeta * differences.monteCarloError(effectiveSampleSize: sizes.cautious)
    autocorrelationTime = differences.autocorrelationTime(effectiveSampleSize: effectiveSampleSize)
    splitRhat = differences.splitRhat
    rankRhat = differences.rankRhat
    bulkEffectiveSampleSize = differences.bulkEffectiveSampleSize
    tailEffectiveSampleSize = differences.tailEffectiveSampleSize
    let tail = TailRise(differences)
    tailRise = nbeta * tail.rise
    tailRiseError = nbeta * tail.standardError
    belowBaseline =
      differences.isFinite
      ? Double(differences.values.count { $0 < 0 }) / Double(differences.values.count) : .nan
  }
}
