import TensorCore

/// Which steps of a chain are recorded.
///
/// A draw is recorded BEFORE the step that leaves it. After `burninSteps` steps the first draw is recorded, then
/// one every `stepsBetweenDraws` steps; the chain ends with its last draw.
public struct Schedule: Sendable {
  public let draws: Int
  public let burninSteps: Int
  public let stepsBetweenDraws: Int
  /// Evaluations of the gradient at a draw or on the way to one.
  public let stepCount: Int
  /// A move is checked at every so many steps after burn-in; 0: none.
  private let checkInterval: Int
  /// By which the step size is multiplied, step by step; the last one stays in force. Empty: 1.
  private let lrFactors: [Double]

  public init(
    draws: Int, burninSteps: Int, stepsBetweenDraws: Int, moveChecks: Int = 0, lrFactors: [Double] = []
  ) throws(InvalidArgument) {
    try require(draws > 0, "num_draws is \(draws); it must be at least 1")
    try require(burninSteps >= 0, "num_burnin_steps is \(burninSteps); it must not be negative")
    try require(stepsBetweenDraws > 0, "num_steps_bw_draws is \(stepsBetweenDraws); it must be at least 1")
    try require(moveChecks >= 0, "num_acceptance_checks is \(moveChecks); it must not be negative")
    let (moves, overflow1) = (draws - 1).multipliedReportingOverflow(by: stepsBetweenDraws)
    let (steps, overflow2) = moves.addingReportingOverflow(burninSteps)
    // Streams of random numbers are numbered by the step, in 56 bits.
    try require(
      !overflow1 && !overflow2 && steps < 1 << 56,
      "\(burninSteps) burn-in steps and \(draws) draws every \(stepsBetweenDraws) steps are more than 2^56 steps"
    )
    self.draws = draws
    self.burninSteps = burninSteps
    self.stepsBetweenDraws = stepsBetweenDraws
    stepCount = steps + 1
    checkInterval = moveChecks == 0 || moves == 0 ? 0 : max(1, (moves - 1) / moveChecks + 1)
    self.lrFactors = lrFactors
  }

  /// The draw recorded at this step, if one is.
  func draw(at step: Int) -> Int? {
    let since = step - burninSteps
    return since >= 0 && since % stepsBetweenDraws == 0 ? since / stepsBetweenDraws : nil
  }

  /// How many draws have been recorded before this step.
  func drawCount(before step: Int) -> Int {
    step <= burninSteps ? 0 : min(draws, (step - burninSteps - 1) / stepsBetweenDraws + 1)
  }

  func step(ofDraw draw: Int) -> Int { burninSteps + draw * stepsBetweenDraws }

  func lrFactor(at step: Int) -> Double {
    lrFactors.isEmpty ? 1 : lrFactors[min(step, lrFactors.count - 1)]
  }

  var checksMoves: Bool { checkInterval > 0 }

  /// Whether the move that leaves this step is checked; not the last one, which leads to no draw.
  func checksMove(at step: Int) -> Bool {
    checksMoves && step >= burninSteps && step + 1 < stepCount && (step - burninSteps) % checkInterval == 0
  }
}
