/// Whether the draws so far are enough: the burn-in that the trace itself shows is left out, and of the rest
/// the standard error of λ̂ must be below a share of λ̂, the effective sample size at least 100, so that the error can
/// be believed, and no rise of the tail significant.
public struct StoppingRule: @unchecked Sendable {
  private let losses: UnsafePointer<Double>
  private let baselines: UnsafePointer<Double>
  private let chains: Int
  private let stride: Int
  private let relativeError: Double

  private static let leastEffectiveSampleSize = 100.0
  /// Standard errors beyond which a rise is no chance, and a share of λ̂ below which it does not matter.
  private static let significance = 2.0

  /// - Parameter losses: chains × `stride`, chain by chain, of which the first draws will have been written.
  public init(
    losses: UnsafePointer<Double>, baselines: UnsafePointer<Double>, chains: Int, stride: Int,
    relativeError: Double
  ) {
    self.losses = losses
    self.baselines = baselines
    self.chains = chains
    self.stride = stride
    self.relativeError = relativeError
  }

  public func isReached(draws: Int) -> Bool {
    let trace = try? ScalarTrace(chains: chains, draws: draws) {
      let index = $0 / draws * stride + $0 % draws
      return losses[index] - baselines[index]
    }
    guard let trace, trace.isFinite, let rest = try? trace.dropping(first: BurnIn.chosen(from: trace)) else {
      return false
    }
    let mean = Moments(rest.values[...]).mean
    let size = rest.sampleSizes.cautious
    let tail = TailRise(rest)
    // Every comparison with a NaN says no.
    return rest.monteCarloError(effectiveSampleSize: size) < relativeError * mean
      && size >= StoppingRule.leastEffectiveSampleSize
      && (tail.rise < StoppingRule.significance * tail.standardError || tail.rise < relativeError * mean)
  }
}
