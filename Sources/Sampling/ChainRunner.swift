import Glibc
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
  /// Where chains are kept, if they are.
  private let kept: KeptChains?
  /// When the chain will be kept next, in seconds; and the step at which it was kept last.
  private var nextKeeping = 0.0
  private var keptStep = 0

  init(
    _ setup: ChainSetup<T>, drawBatch: DrawBatch, keptIn kept: KeptChains? = nil, in workspace: Workspace<T>?
  ) throws {
    checked = try CheckedChain(setup, in: workspace)
    self.drawBatch = drawBatch
    self.kept = kept
  }

  /// Begins another chain at the centre; or where it was kept, and what it had recorded is in the trace again.
  func restart(number: Int, trace: Trace, control: RunControl) {
    checked.restart(number: number)
    guard let kept else { return }
    if !kept.read(number, { keep(in: $0, trace: trace) }) {
      checked.restart(number: number)
      trace.clear(chain: number)
    }
    control.advance(by: chain.step)
    keptStep = chain.step
    nextKeeping = timespec.now.seconds + Self.leastInterval
  }

  private static var leastInterval: Double { 20 }

  /// The chain between two steps, and what it has recorded.
  private func keep(in file: ChainFile, trace: Trace) {
    checked.keep(in: file)
    trace.keep(chain: Int(chain.number), draws: chain.schedule.drawCount(before: chain.step), in: file)
  }

  /// Keeps the chain, which is between two steps, if there are files and it has moved since.
  func keep(trace: Trace) {
    guard let kept, keptStep < chain.step else { return }
    let begin = timespec.now.seconds
    kept.write(Int(chain.number)) { keep(in: $0, trace: trace) }
    keptStep = chain.step
    let end = timespec.now.seconds
    // A twentieth of the time at most.
    nextKeeping = end + max(Self.leastInterval, 20 * (end - begin))
  }

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
      if kept != nil && timespec.now.seconds >= nextKeeping { keep(trace: trace) }
      var told: Arrival?
      var isBetweenSteps = true
      while told == nil {
        guard let loss = evaluate(evaluator, control) else {
          if isBetweenSteps { keep(trace: trace) }
          return
        }
        told = checked.tell(loss: loss)
        isBetweenSteps = false
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
    if chain.step == schedule.stepCount { keep(trace: trace) }
  }

  /// The loss that the chain asks for, and the gradient, which it is given; nil where the run has ended.
  private func evaluate(_ evaluator: Evaluator<T>, _ control: RunControl) -> Double? {
    let loss = evaluator.gradient(of: checked.batch, for: chain)
    return control.ends(at: chain.step) ? nil : loss
  }
}
