import Glibc

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
  private let queue: TaskQueue
  private var threads: [pthread_t] = []
  private let process = getpid()

  /// Starts the threads and returns.
  public init(_ job: any Job, threads count: Int) throws(ThreadError) {
    self.job = job
    threadCount = count
    queue = TaskQueue(job: job, control: control, workers: count)
    for worker in 0..<count {
      let start = Unmanaged.passRetained(ThreadStart(queue: queue, worker: worker))
      var thread = pthread_t()
      let code = pthread_create(&thread, nil, { Run.threadMain($0) }, start.toOpaque())
      guard code == 0 else {
        start.release()
        queue.leave(count - worker)
        end()
        throw ThreadError(code: code)
      }
      threads.append(thread)
    }
  }

  deinit { end() }

  /// Whether this is a copy in a forked child, where the threads are not: nobody may wait for them there, and what
  /// they were using is as they left it.
  public var isInherited: Bool { getpid() != process }

  /// Cancels what is under way and joins the threads.
  public func end() {
    if isInherited { return }
    control.cancel()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  public var state: State {
    if !queue.hasEnded { return .running }
    if control.isDiverged { return .diverged }
    return control.isCancelled && control.stepsDone < job.stepCount ? .cancelled : .finished
  }

  /// Waits until every thread has ended, but no longer than so many milliseconds.
  public func wait(milliseconds: Int) { queue.wait(milliseconds: milliseconds) }

  /// What a thread is given. It knows the queue, not the run: so the run's last owner is never one of its threads.
  private final class ThreadStart {
    let queue: TaskQueue
    let worker: Int
    init(queue: TaskQueue, worker: Int) {
      self.queue = queue
      self.worker = worker
    }
  }

  private static func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    start.queue.work(as: start.worker)
    return nil
  }
}
