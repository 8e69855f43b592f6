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
  /// The Monte Carlo standard error of `llc`, nβ sd / √ESS; NaN for fewer than 4 draws a chain.
  public let standardError: Double
  /// The standard deviation between the chains' estimates, with divisor chains − 1; NaN for one
  /// chain.
  public let llcStd: Double
  /// Of the differences, over all chains.
  public let effectiveSampleSize: Double
  /// Of the differences; NaN for one chain.
  public let splitRhat: Double
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
    try Estimate.requireMemory(chains: chains, draws: draws)
    let differences = try ScalarTrace(chains: chains, draws: draws) { losses[$0] - baseline[$0] }
    llcPerChain = (0..<chains).map { nbeta * Moments(differences.chain($0)).mean }
    let betweenChains = Moments(llcPerChain[...])
    llc = betweenChains.mean
    llcStd = betweenChains.variance.squareRoot()
    effectiveSampleSize = differences.effectiveSampleSize
    standardError = nbeta * differences.monteCarloError(effectiveSampleSize: effectiveSampleSize)
    splitRhat = differences.splitRhat
    belowBaseline =
      differences.isFinite
      ? Double(differences.values.count { $0 < 0 }) / Double(differences.values.count) : .nan
  }

  /// Asks the system for as much memory as the arrays of an estimate take (the differences, and some ten transforms of a
  /// chain, padded to a power of two), and gives it back: where there is not enough this throws, and arrays would trap.
  private static func requireMemory(chains: Int, draws: Int) throws {
    guard chains > 0, draws > 0 else { return }  // refused in other words
    let (differences, overflow1) = chains.multipliedReportingOverflow(by: draws)
    let (transforms, overflow2) = draws.multipliedReportingOverflow(by: 24)
    let (count, overflow3) = differences.addingReportingOverflow(transforms)
    guard !overflow1, !overflow2, !overflow3 else { return }  // likewise
    _ = try Memory<Double>(count: count)
  }
}
