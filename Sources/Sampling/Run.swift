import Glibc
import Synchronization

/// Work that a run does in threads: phases, one after another, each of independent numbered tasks.
public protocol Job: AnyObject, Sendable {
  /// How many tasks each phase has.
  var phases: [Int] { get }
  /// Steps that advance the progress, over all phases.
  var stepCount: Int { get }
  /// Does one task on the thread `worker` (0 ..< threads); no two tasks run on one worker at once.
  func perform(phase: Int, task: Int, worker: Int, control: RunControl)
}

/// What running tasks and whoever waits for them tell each other.
public final class RunControl: Sendable {
  private let cancelled = Atomic<Bool>(false)
  private let divergedStep = Atomic<Int>(.max)
  private let steps = Atomic<Int>(0)

  public init() {}

  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
  public var isDiverged: Bool { divergedStep.load(ordering: .relaxed) < .max }
  public var stepsDone: Int { steps.load(ordering: .relaxed) }

  public func cancel() { cancelled.store(true, ordering: .relaxed) }
  /// A loss stopped being finite. What the other chains would do beyond this step is not worth the wait; up to it
  /// they go on, so that the first divergence is the same whichever thread is ahead.
  func diverge(at step: Int) { divergedStep.min(step, ordering: .relaxed) }
  /// Whether a chain that has come to `step` should end.
  func ends(at step: Int) -> Bool { isCancelled || step > divergedStep.load(ordering: .relaxed) }
  func advance() { steps.add(1, ordering: .relaxed) }
}

/// A thread that the system would not start.
public struct ThreadError: Error, CustomStringConvertible {
  public let code: Int32
  public var description: String { "the system refused to start a thread (error \(code))" }
}

/// A job under way in threads of its own, started by `init` and joined when the run ends or is released:
/// nothing global, so that a process may fork before and after.
public final class Run: @unchecked Sendable {
  public enum State: Int32, Sendable {
    case running = 0
    case finished = 1
    case cancelled = 2
    case diverged = 3
  }

  public let control = RunControl()
  public let threadCount: Int
  public let job: any Job

  // All guarded by `monitor`.
  private let monitor = Monitor()
  private var threads: [pthread_t] = []
  private var phase = 0
  private var nextTask = 0
  private var tasksUnderWay = 0
  private var workersAlive = 0

  /// Starts the threads and returns.
  public init(_ job: any Job, threads count: Int) throws(ThreadError) {
    self.job = job
    threadCount = count
    // Unowned by the threads: `deinit` joins them before anything of the run goes away.
    for worker in 0..<count {
      let start = Unmanaged.passRetained(ThreadStart(run: self, worker: worker))
      var thread = pthread_t()
      monitor.locked { workersAlive += 1 }
      let code = pthread_create(&thread, nil, { Run.threadMain($0) }, start.toOpaque())
      guard code == 0 else {
        start.release()
        monitor.locked { workersAlive -= 1 }
        control.cancel()
        join()
        throw ThreadError(code: code)
      }
      threads.append(thread)
    }
  }

  deinit { end() }

  /// Cancels what is under way and joins the threads.
  public func end() {
    control.cancel()
    join()
  }

  public var state: State {
    if monitor.locked({ workersAlive > 0 }) { return .running }
    if control.isDiverged { return .diverged }
    return control.isCancelled && control.stepsDone < job.stepCount ? .cancelled : .finished
  }

  /// Waits until every thread has ended, but no longer than so many milliseconds.
  public func wait(milliseconds: Int) {
    let deadline = timespec.fromNow(milliseconds: milliseconds)
    monitor.locked {
      while workersAlive > 0 && monitor.wait(until: deadline) {}
    }
  }

  private func join() {
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  // MARK: Threads

  private final class ThreadStart {
    unowned(unsafe) let run: Run
    let worker: Int
    init(run: Run, worker: Int) {
      self.run = run
      self.worker = worker
    }
  }

  private static func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    start.run.work(as: start.worker)
    return nil
  }

  /// Takes task after task; a phase begins when the last task of the one before has ended.
  private func work(as worker: Int) {
    while let (phase, task) = monitor.locked({ takeTask() }) {
      job.perform(phase: phase, task: task, worker: worker, control: control)
      monitor.locked {
        tasksUnderWay -= 1
        monitor.announce()
      }
    }
    monitor.locked {
      workersAlive -= 1
      monitor.announce()
    }
  }

  private func takeTask() -> (phase: Int, task: Int)? {
    while phase < job.phases.count && !control.isCancelled {
      if nextTask < job.phases[phase] {
        nextTask += 1
        tasksUnderWay += 1
        return (phase, nextTask - 1)
      }
      if tasksUnderWay == 0 {
        phase += 1
        nextTask = 0
        monitor.announce()
      } else {
        monitor.wait()
      }
    }
    return nil
  }
}
