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

  /// What has been recorded of a chain.
  func keep(chain: Int, draws count: Int, in file: ChainFile) {
    for buffer in [losses, baselines, distances] {
      if let buffer { file.vector(buffer + chain * draws, count: count) }
    }
    drawsDone?[chain] = Int64(count)
  }

  /// Every draw begins as NaN: what a run does not reach stays that.
  func clear() { for chain in 0..<chains { clear(chain: chain) } }

  func clear(chain: Int) {
    for buffer in [losses, baselines, distances] {
      if let buffer { (buffer + chain * draws).initialize(repeating: .nan, count: draws) }
    }
    for buffer in checks.all { buffer?[chain] = .nan }
    drawsDone?[chain] = 0
    divergedSteps?[chain] = -1
  }

  func record(chain: Int, draw: Int, loss: Double, baseline: Double) {
    losses[chain * draws + draw] = loss
    baselines[chain * draws + draw] = baseline
    drawsDone?[chain] = Int64(draw + 1)
  }

  /// Whether fewer of the moves that were checked would be accepted, once a fifth of the draws or more are made.
  public func acceptsFewer(than share: Double, afterDraws made: Int) -> Bool {
    guard let acceptance = checks.acceptance, made >= (draws + 4) / 5 else { return false }
    // A NaN, where no move was checked, says no.
    return (0..<chains).reduce(0) { $0 + acceptance[$1] } < share * Double(chains)
  }

  func record(chain: Int, _ means: MoveChecks<Double>) {
    checks.acceptance?[chain] = means.acceptance
    checks.driftNorm?[chain] = means.driftNorm
    checks.noiseNorm?[chain] = means.noiseNorm
    checks.temperature?[chain] = means.temperature
    checks.gradientNoise?[chain] = means.gradientNoise
    checks.stiffness?[chain] = means.stiffness
  }
}
