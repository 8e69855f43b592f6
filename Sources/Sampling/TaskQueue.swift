import Glibc
import TensorCore

/// Hands the tasks of a job to workers, phase after phase, and knows when the last worker has ended. A run and its
/// threads share one.
final class TaskQueue: @unchecked Sendable {
  private let job: any Job
  private let control: RunControl
  private let monitor = Monitor()

  // All guarded by `monitor`.
  private var workers: Int
  private var phase = 0
  private var nextTask = 0
  private var tasksUnderWay = 0

  init(job: any Job, control: RunControl, workers: Int) {
    self.job = job
    self.control = control
    self.workers = workers
  }

  var hasEnded: Bool { monitor.locked { workers == 0 } }

  /// Waits until every worker has left, but no longer than so many milliseconds.
  func wait(milliseconds: Int) {
    let deadline = timespec.fromNow(milliseconds: milliseconds)
    monitor.locked {
      while workers > 0 && monitor.wait(until: deadline) {}
    }
  }

  /// Does task after task, as the worker of this number, until there is none left.
  func work(as worker: Int) {
    while let (phase, task) = monitor.locked({ takeTask() }) {
      job.perform(phase: phase, task: task, worker: worker, control: control)
      monitor.locked {
        tasksUnderWay -= 1
        monitor.announce()
      }
    }
    leave(1)
  }

  /// So many workers are done, or will never come.
  func leave(_ count: Int) {
    monitor.locked {
      workers -= count
      monitor.announce()
    }
  }

  /// A phase begins when the last task of the one before has ended.
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
