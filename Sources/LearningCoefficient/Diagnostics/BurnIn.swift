/// How many of the first draws to discard, from the trace itself: the number that makes the standard
/// error of the mean over the rest smallest. With Y_1 … Y_k the means of stretches of 5 draws over all
/// chains, the first d of them go, where d ≤ k/2 minimises
///
///     MSER(d) = Σ_{j>d} (Y_j − Ȳ_d)² / (k − d)²,    Ȳ_d the mean of the same Y_j.
///
/// To discard one more pays while its distance from Ȳ_d is more than √2 standard deviations of what
/// remains. So an approach e^−t/τ from a distance D is cut where it sinks into the noise s of the Y_j,
/// near t = τ log(D / √2 s). A trace that still climbs when it ends gives the most, half of it; of a
/// stationary one a few stretches go by chance.
///
/// No more than half goes: among the last few Y_j a minimum is one of chance. 0 where nothing can be
/// said, for fewer than 10 draws or one that is not finite.
///
/// White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69
/// (1997); stretches of 5 make it MSER-5: White, Cobb and Spratt, A comparison of five steady-state
/// truncation heuristics for simulation, Winter Simulation Conference 2000.
public enum BurnIn {
  private static let stretch = 5

  /// - Parameter losses: chains × draws, chain by chain.
  public static func chosen(losses: UnsafePointer<Double>, baseline: Baseline, chains: Int, draws: Int) throws
    -> Int
  {
    chosen(from: try ScalarTrace(differencesOf: losses, from: baseline, chains: chains, draws: draws))
  }

  package static func chosen(from trace: ScalarTrace) -> Int {
    guard trace.isFinite else { return 0 }
    let stretches = meansOverChains(trace)
    var best = (discarded: 0, error: Double.infinity)
    // Welford's recurrence, from the last stretch to the first.
    var (mean, squares) = (0.0, 0.0)
    for discarded in stretches.indices.reversed() {
      let count = Double(stretches.count - discarded)
      let distance = stretches[discarded] - mean
      mean += distance / count
      squares += distance * (stretches[discarded] - mean)
      let error = squares / (count * count)
      if discarded <= stretches.count / 2, error <= best.error { best = (discarded, error) }
    }
    return best.discarded * stretch
  }

  /// Y_1 … Y_k, from the first draw on; what is left over at the end belongs to none.
  private static func meansOverChains(_ trace: ScalarTrace) -> [Double] {
    (0..<trace.draws / stretch).map { index in
      let draws = index * stretch..<(index + 1) * stretch
      return (0..<trace.chains).reduce(0) { sum, chain in
        draws.reduce(sum) { $0 + trace.values[chain * trace.draws + $1] }
      } / Double(trace.chains * stretch)
    }
  }
}
