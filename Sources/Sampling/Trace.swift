import TensorCore

/// Where chains write what they saw: the caller's buffers, (chain, draw) and row-major, or (chain).
public struct Trace: @unchecked Sendable {
  public let chains: Int
  public let draws: Int
  /// Mean loss of each draw on its minibatch.
  public let losses: UnsafeMutablePointer<Double>
  /// Mean loss at the centre on the same minibatch.
  public let baselines: UnsafeMutablePointer<Double>
  /// ‖w − w*‖ of each draw.
  public var distances: UnsafeMutablePointer<Double>?
  public var drawsDone: UnsafeMutablePointer<Int64>?
  /// The step at which the loss stopped being finite, or −1.
  public var divergedSteps: UnsafeMutablePointer<Int64>?
  /// Means over the moves that were checked.
  public var checks = MoveChecks<UnsafeMutablePointer<Double>?>(repeating: nil)

  public init(
    chains: Int, draws: Int, losses: UnsafeMutablePointer<Double>, baselines: UnsafeMutablePointer<Double>
  ) {
    self.chains = chains
    self.draws = draws
    self.losses = losses
    self.baselines = baselines
  }

  /// Every draw begins as NaN: what a run does not reach stays that.
  func clear() {
    for buffer in [losses, baselines, distances] {
      buffer?.initialize(repeating: .nan, count: chains * draws)
    }
    for buffer in checks.all { buffer?.initialize(repeating: .nan, count: chains) }
    drawsDone?.initialize(repeating: 0, count: chains)
    divergedSteps?.initialize(repeating: -1, count: chains)
  }

  func record(chain: Int, draw: Int, loss: Double, baseline: Double) {
    losses[chain * draws + draw] = loss
    baselines[chain * draws + draw] = baseline
    drawsDone?[chain] = Int64(draw + 1)
  }

  func record(chain: Int, _ means: MoveChecks<Double>) {
    checks.acceptance?[chain] = means.acceptance
    checks.driftNorm?[chain] = means.driftNorm
    checks.noiseNorm?[chain] = means.noiseNorm
    checks.temperature?[chain] = means.temperature
    checks.gradientNoise?[chain] = means.gradientNoise
  }
}
