import TensorCore

/// Where chains write what they saw: the caller's buffers, (chain, draw) and row-major, or (chain).
public struct Trace: @unchecked Sendable {
  public let chains: Int
  public let draws: Int
  /// Mean loss of each draw on its minibatch.
  let losses: UnsafeMutablePointer<Double>
  /// Mean loss at the centre on the same minibatch.
  let baselines: UnsafeMutablePointer<Double>
  /// Mean acceptance of the moves that were scored.
  let acceptance: UnsafeMutablePointer<Double>?
  let drawsDone: UnsafeMutablePointer<Int64>?
  /// The step at which the loss stopped being finite, or −1.
  let divergedSteps: UnsafeMutablePointer<Int64>?

  public init(
    chains: Int, draws: Int, losses: UnsafeMutablePointer<Double>, baselines: UnsafeMutablePointer<Double>,
    acceptance: UnsafeMutablePointer<Double>? = nil, drawsDone: UnsafeMutablePointer<Int64>? = nil,
    divergedSteps: UnsafeMutablePointer<Int64>? = nil
  ) {
    self.chains = chains
    self.draws = draws
    self.losses = losses
    self.baselines = baselines
    self.acceptance = acceptance
    self.drawsDone = drawsDone
    self.divergedSteps = divergedSteps
  }

  /// Every draw begins as NaN: what a run does not reach stays that.
  func clear() {
    losses.initialize(repeating: .nan, count: chains * draws)
    baselines.initialize(repeating: .nan, count: chains * draws)
    acceptance?.initialize(repeating: .nan, count: chains)
    drawsDone?.initialize(repeating: 0, count: chains)
    divergedSteps?.initialize(repeating: -1, count: chains)
  }

  func record(chain: Int, draw: Int, loss: Double, baseline: Double) {
    losses[chain * draws + draw] = loss
    baselines[chain * draws + draw] = baseline
    drawsDone?[chain] = Int64(draw + 1)
  }
}
