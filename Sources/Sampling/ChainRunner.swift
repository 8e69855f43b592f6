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
  var chain: Chain<T> { checked.chain }
  private let checked: CheckedChain<T>
  private let drawBatch: DrawBatch

  init(_ setup: ChainSetup<T>, drawBatch: DrawBatch, in workspace: Workspace<T>?) throws {
    checked = try CheckedChain(setup, in: workspace)
    self.drawBatch = drawBatch
  }

  /// Begins another chain at the centre.
  func restart(number: Int) { checked.restart(number: number) }

  /// Goes on in that workspace, where another chain may have been since.
  func enter(_ workspace: Workspace<T>) { chain.enter(workspace) }

  /// Goes on until draw number `last` is recorded.
  func run(
    throughDraw last: Int, _ evaluator: Evaluator<T>, centerLosses: CenterLosses<T>, trace: Trace,
    control: RunControl
  ) {
    let schedule = chain.schedule
    let number = Int(chain.number)
    evaluator.potential.interruption = control
    defer { trace.record(chain: number, checked.means) }
    while chain.step <= schedule.step(ofDraw: last) {
      let step = chain.step
      var told: Arrival?
      while told == nil {
        guard let loss = evaluate(evaluator, control) else { return }
        told = checked.tell(loss: loss)
      }
      guard let arrival = told, arrival.loss.isFinite else {
        trace.divergedSteps?[number] = Int64(step)
        control.diverge(at: step)
        return
      }
      if let draw = schedule.draw(at: step) {
        let batch = drawBatch == .independent ? checked.independentBatch() : nil
        let loss = batch.map { evaluator.loss(of: $0, for: chain) } ?? arrival.loss
        if control.isCancelled { return }
        trace.distances?[number * trace.draws + draw] = chain.state.distance
        let baseline = centerLosses.mean(of: batch ?? chain.batch, evaluator)
        if control.isCancelled { return }
        trace.record(chain: number, draw: draw, loss: loss, baseline: baseline)
      }
      checked.leave()
      while checked.isChecking {
        guard let loss = evaluate(evaluator, control) else { return }
        _ = checked.tell(loss: loss)
      }
      control.advance()
    }
  }

  /// The loss that the chain asks for, and the gradient, which it is given; nil where the run has ended.
  private func evaluate(_ evaluator: Evaluator<T>, _ control: RunControl) -> Double? {
    let loss = evaluator.gradient(of: checked.batch, for: chain)
    return control.ends(at: chain.step) ? nil : loss
  }
}
