import KernelInterface
import TensorCore

/// On which minibatch the loss of a draw is measured, and the loss at the centre that it is compared with.
public enum DrawBatch: Int32, Sendable {
  /// One of its own, at the price of a forward pass. The difference from the centre's loss is unbiased.
  case independent = 0
  /// That of the step: for nothing. But within an epoch a batch is made of the samples that have not moved the chain yet,
  /// so that where the samples' gradients at the centre differ, its loss is too high.
  case ofStep = 1
}

/// Drives chains, one after another, on one thread: minibatch, loss and gradient, record, step.
public final class ChainRunner<P: Potential, S: Sampler> where P.Element == S.Element {
  public typealias Element = P.Element

  let potential: P
  let sampler: S
  let schedule: Schedule
  let drawBatch: DrawBatch
  let seed: UInt64
  let state: ChainState<Element>
  var batches: Minibatches
  private let drawBatches: DrawBatches
  /// Loss of each sample of the minibatch.
  let losses: Memory<Double>

  public init(
    potential: P, sampler: S, schedule: Schedule, drawBatch: DrawBatch, seed: UInt64, batchSize: Int,
    center: UnsafePointer<Element>
  ) throws {
    self.potential = potential
    self.sampler = sampler
    self.schedule = schedule
    self.drawBatch = drawBatch
    self.seed = seed
    state = try ChainState(
      center: center, dimension: potential.dimension, keepsMove: schedule.scoreInterval > 0)
    batches = try Minibatches(sampleCount: potential.sampleCount, batchSize: batchSize)
    drawBatches = try DrawBatches(sampleCount: potential.sampleCount, batchSize: batchSize)
    losses = try Memory(count: batchSize)
  }

  /// Runs chain number `chain` from the centre. `baselines` holds every sample's loss there.
  /// What it draws depends on the seed and its number, not on other chains or this object's past.
  public func run(chain: Int, baselines: UnsafePointer<Double>, trace: Trace, control: RunControl) {
    let number = UInt32(truncatingIfNeeded: chain)
    state.restart()
    batches.restart(seed: seed, chain: number)
    potential.interruption = control
    var acceptance = 0.0
    var scored = 0
    for step in 0..<schedule.stepCount {
      let rows = batches.next()
      potential.gradient(of: rows, at: state.parameters, losses: losses.pointer, into: state.gradient)
      if control.ends(at: step) { return }
      let loss = mean(losses.pointer, rows.count)
      guard loss.isFinite else {
        trace.divergedSteps?[chain] = Int64(step)
        control.diverge(at: step)
        return
      }
      if let draw = schedule.draw(at: step) {
        let (measured, batch) = measure(loss, on: rows, chain: number, step: step)
        if control.isCancelled { return }
        trace.record(chain: chain, draw: draw, loss: measured, baseline: mean(of: baselines, batch))
      }
      if step + 1 < schedule.stepCount {
        let scores = schedule.scoresMove(at: step)
        let stream = RandomStream(seed: seed, chain: number, purpose: .noise, step: UInt64(step))
        sampler.step(state, stream: stream, keepingMove: scores)
        if scores {
          acceptance += moveAcceptance(on: rows, lossBefore: loss)
          if control.isCancelled { return }
          scored += 1
          trace.acceptance?[chain] = acceptance / Double(scored)
        }
      }
      control.advance()
    }
  }

  /// The mean loss where the chain is, for the record, and the minibatch that it is over: the step's, whose loss is
  /// known, or one of the draw's own.
  private func measure(_ loss: Double, on rows: Rows, chain: UInt32, step: Int) -> (loss: Double, batch: Rows)
  {
    if drawBatch == .ofStep || rows.count == potential.sampleCount { return (loss, rows) }
    let batch = drawBatches.batch(seed: seed, chain: chain, step: step)
    potential.losses(of: batch, at: state.parameters, into: losses.pointer)
    return (mean(losses.pointer, batch.count), batch)
  }
}
