import Synchronization
import TensorCore

/// Work that a run does in threads: phases, one after another, each of independent numbered tasks.
///
/// A worker may have a team, whose leader it is: threads that do its tasks with it.
public protocol Job: AnyObject, Sendable {
  /// How many tasks each phase has.
  var phases: [Int] { get }
  /// Steps that advance the progress, over all phases.
  var stepCount: Int { get }
  /// Does one task on the thread `worker` (0 ..< threads); no two tasks run on one worker at once.
  func perform(phase: Int, task: Int, worker: Int, control: RunControl)
  /// By worker.
  var teams: [Team] { get }
}

/// What running tasks and whoever waits for them tell each other.
public final class RunControl: Interruption {
  private let cancelled = Atomic<Bool>(false)
  private let divergedStep = Atomic<Int>(.max)
  private let steps = Atomic<Int>(0)

  public init() {}

  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
  public var isRequested: Bool { isCancelled }
  public var isDiverged: Bool { divergedStep.load(ordering: .relaxed) < .max }
  public var stepsDone: Int { steps.load(ordering: .relaxed) }

  public func cancel() { cancelled.store(true, ordering: .relaxed) }
  /// A loss stopped being finite. What the other chains would do beyond this step is not worth the wait; up to it
  /// they go on, so that the first divergence is the same whichever thread is ahead.
  func diverge(at step: Int) { divergedStep.min(step, ordering: .relaxed) }
  /// Whether a chain that has come to `step` should end.
  func ends(at step: Int) -> Bool { isCancelled || step > divergedStep.load(ordering: .relaxed) }
  func advance(by count: Int = 1) { steps.add(count, ordering: .relaxed) }
}
