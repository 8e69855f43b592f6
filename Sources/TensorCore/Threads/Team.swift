import CSupport
import Glibc
import Synchronization

/// Work that a team does together.
public protocol TeamTask: AnyObject {
  /// The part of one member, who may ask the team to wait for the others in between.
  func perform(member: Int, of team: Team)
}

/// Threads that do one piece of work together, each a part of it: the leader, member 0, is the thread that asks; the others
/// serve until the team is dismissed. A piece can be far below a millisecond, so whoever waits spins for a while, then lets
/// others have the processor, who may be those that it waits for, and sleeps at last.
public final class Team: @unchecked Sendable {
  public let size: Int
  private let arrived = Atomic<Int>(0)
  private let meetings = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isDismissed = Atomic<Bool>(false)
  private let monitor = Monitor()
  /// Written by the leader before a meeting and read by the others after it.
  private var task: (any TeamTask)?

  /// Turns of waiting before a thread offers its processor, about 20 µs, and offers before it sleeps.
  private static var patience: Int { 400 }
  private static var offers: Int { 100 }

  /// `threads`, where the work of a batch is so long that a team is faster than its leader alone, who else has none: what
  /// is done between two meetings must be longer than a meeting.
  public static func size(threads: Int, batchSize: Int, parameters: Int) -> Int {
    let (work, overflow) = batchSize.multipliedReportingOverflow(by: parameters)
    return overflow || work >= 1 << 21 ? max(1, threads) : 1
  }

  public init(size: Int) { self.size = size }

  /// By the leader: all do their part; returns when the last has.
  public func perform(_ task: any TeamTask) {
    if size > 1 {
      self.task = task
      meet()
    }
    task.perform(member: 0, of: self)
    meet()
  }

  /// By every other member: takes part until the team is dismissed.
  public func serve(as member: Int) {
    while true {
      meet()
      if isDismissed.load(ordering: .acquiring) { return }
      task?.perform(member: member, of: self)
      meet()
    }
  }

  /// Between two pieces of work: the others may go, also those that have not come yet.
  public func dismiss() {
    task = nil
    isDismissed.store(true, ordering: .sequentiallyConsistent)
    monitor.locked { monitor.announce() }
  }

  /// Waits until every member has come here. What each has written before, all can read after.
  public func meet() {
    if size == 1 { return }
    let meeting = meetings.load(ordering: .relaxed)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue < size { return wait(for: meeting) }
    arrived.store(0, ordering: .relaxed)
    meetings.store(meeting &+ 1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { monitor.locked { monitor.announce() } }
  }

  private func wait(for meeting: Int) {
    func isOver() -> Bool {
      meetings.load(ordering: .sequentiallyConsistent) != meeting
        || isDismissed.load(ordering: .sequentiallyConsistent)
    }
    for _ in 0..<Self.patience {
      if isOver() { return }
      support_pause()
    }
    for _ in 0..<Self.offers {
      if isOver() { return }
      sched_yield()
    }
    monitor.locked {
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while !isOver() { monitor.wait() }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// A member's share of `count` things, in whole blocks of `block`.
  public func share(of count: Int, member: Int, block: Int = 1) -> Range<Int> {
    Self.share(of: count, member: member, of: size, block: block)
  }

  static func share(of count: Int, member: Int, of size: Int, block: Int) -> Range<Int> {
    let blocks = (count + block - 1) / block
    func bound(_ member: Int) -> Int { min(count, blocks * member / size * block) }
    return bound(member)..<bound(member + 1)
  }
}
