import KernelInterface
import TensorCore

/// Drives chains, one after another, on one thread: minibatch, loss and gradient, record, step.
public final class ChainRunner<P: Potential, S: Sampler> where P.Element == S.Element {
  public typealias Element = P.Element

  let potential: P
  let sampler: S
  let schedule: Schedule
  let seed: UInt64
  let state: ChainState<Element>
  var batches: Minibatches
  /// Loss of each sample of the minibatch.
  let losses: Memory<Double>

  public init(
    potential: P, sampler: S, schedule: Schedule, seed: UInt64, batchSize: Int, center: UnsafePointer<Element>
  ) throws {
    self.potential = potential
    self.sampler = sampler
    self.schedule = schedule
    self.seed = seed
    state = try ChainState(
      center: center, dimension: potential.dimension, keepsMove: schedule.scoreInterval > 0)
    batches = try Minibatches(sampleCount: potential.sampleCount, batchSize: batchSize)
    losses = try Memory(count: batchSize)
  }

  /// Runs chain number `chain` from the centre. `baselines` holds every sample's loss there.
  /// What it draws depends on the seed and its number, not on other chains or this object's past.
  public func run(chain: Int, baselines: UnsafePointer<Double>, trace: Trace, control: RunControl) {
    state.restart()
    batches.restart(seed: seed, chain: UInt32(truncatingIfNeeded: chain))
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
        trace.record(chain: chain, draw: draw, loss: loss, baseline: mean(of: baselines, rows))
      }
      if step + 1 < schedule.stepCount {
        let scores = schedule.scoresMove(at: step)
        let stream = RandomStream(
          seed: seed, chain: UInt32(truncatingIfNeeded: chain), purpose: .noise, step: UInt64(step))
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
}
