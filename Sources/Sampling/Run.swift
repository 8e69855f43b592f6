import Glibc
import TensorCore

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
  private let teams: [Team]
  private var workers: [pthread_t] = []
  private var helpers: [pthread_t] = []
  private let process = getpid()

  /// Starts the threads, one for each worker and the others of its team, and returns.
  public init(_ job: any Job) throws(ThreadError) {
    self.job = job
    teams = job.teams
    threadCount = teams.reduce(0) { $0 + $1.size }
    queue = TaskQueue(job: job, control: control, workers: teams.count)
    do throws(ThreadError) {
      // Workers last: they need their teams.
      for worker in teams.indices {
        for member in 1..<max(1, teams[worker].size) {
          helpers.append(try thread(worker: worker, member: member))
        }
      }
      for worker in teams.indices { workers.append(try thread(worker: worker, member: 0)) }
    } catch {
      queue.leave(teams.count - workers.count)
      end()
      throw error
    }
  }

  private func thread(worker: Int, member: Int) throws(ThreadError) -> pthread_t {
    let start = Unmanaged.passRetained(
      ThreadStart(queue: queue, team: teams[worker], worker: worker, member: member))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { Run.threadMain($0) }, start.toOpaque())
    if code == 0 { return thread }
    start.release()
    throw ThreadError(code: code)
  }

  deinit { end() }

  /// Whether this is a copy in a forked child, where the threads are not: nobody may wait for them there, and what
  /// they were using is as they left it.
  public var isInherited: Bool { getpid() != process }

  /// Cancels what is under way and joins the threads.
  public func end() {
    if isInherited { return }
    control.cancel()
    for thread in workers { pthread_join(thread, nil) }
    // A worker lets its team go; this is for those that could not be started.
    for team in teams { team.dismiss() }
    for thread in helpers { pthread_join(thread, nil) }
    (workers, helpers) = ([], [])
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
    let team: Team
    let worker: Int
    let member: Int
    init(queue: TaskQueue, team: Team, worker: Int, member: Int) {
      (self.queue, self.team, self.worker, self.member) = (queue, team, worker, member)
    }
  }

  private static func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    if start.member > 0 {
      start.team.serve(as: start.member)
    } else {
      start.queue.work(as: start.worker)
      start.team.dismiss()
    }
    return nil
  }
}
