import TensorCore

/// On which minibatch the loss of a draw is measured, and the loss at the centre that it is compared with.
public enum DrawBatch: Int32, Sendable {
  /// One of its own, at the price of a forward pass. The difference from the centre's loss is unbiased.
  case independent = 0
  /// That of the step: for nothing. But within an epoch a batch is made of the samples that have not moved the chain yet,
  /// so that where the samples' gradients at the centre differ, its loss is too high.
  case ofStep = 1
}

/// Drives a chain: minibatch, loss and gradient, record, step.
final class ChainRunner<T: Scalar> {
  let chain: Chain<T>
  private let drawBatch: DrawBatch
  /// Of the chain that is under way.
  var checks = MoveChecks(repeating: RunningMean())

  init(_ setup: ChainSetup<T>, drawBatch: DrawBatch) throws {
    chain = try Chain(setup)
    self.drawBatch = drawBatch
  }

  /// Begins another chain at the centre.
  func restart(number: Int) {
    chain.restart(number: number)
    checks = MoveChecks(repeating: RunningMean())
  }

  /// Goes on until draw number `last` is recorded. `baselines` holds every sample's loss at the centre.
  func run(
    throughDraw last: Int, _ evaluator: Evaluator<T>, baselines: UnsafePointer<Double>, trace: Trace,
    control: RunControl
  ) {
    let schedule = chain.schedule
    let number = Int(chain.number)
    evaluator.potential.interruption = control
    while chain.step <= schedule.step(ofDraw: last) {
      let step = chain.step
      guard let arrival = arrive(evaluator, control) else { return }
      guard arrival.loss.isFinite else {
        trace.divergedSteps?[number] = Int64(step)
        control.diverge(at: step)
        return
      }
      if let draw = schedule.draw(at: step) {
        let batch = drawBatch == .independent ? evaluator.independentBatch(for: chain) : nil
        let loss = batch.map { evaluator.loss(of: $0, for: chain) } ?? arrival.loss
        if control.isCancelled { return }
        trace.distances?[number * trace.draws + draw] = chain.state.distance
        trace.record(
          chain: number, draw: draw, loss: loss, baseline: mean(of: baselines, batch ?? chain.batch))
      }
      if step >= schedule.burninSteps { checks.acceptance.add(arrival.acceptance) }
      if schedule.checksMove(at: step) {
        checkMove(from: arrival, evaluator)
        if control.isCancelled { return }
      } else {
        chain.leave()
      }
      checks.write(to: trace, chain: number)
      control.advance()
    }
  }

  /// Where the chain arrives next; nil where the run has ended.
  private func arrive(_ evaluator: Evaluator<T>, _ control: RunControl) -> Arrival? {
    while true {
      let loss = evaluator.gradient(of: chain.batch, for: chain)
      if control.ends(at: chain.step) { return nil }
      if let arrival = chain.arrive(loss: loss) { return arrival }
    }
  }
}
