import Glibc

/// A lock with a condition: what a thread waits on and another announces.
package final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Waits must not end early or late when the wall clock is set.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func locked<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  // The rest is called with the lock held.

  package func wait() { pthread_cond_wait(condition, mutex) }

  /// Waits until an announcement or the deadline; false once the deadline has passed.
  package func wait(until deadline: timespec) -> Bool {
    var deadline = deadline
    return pthread_cond_timedwait(condition, mutex, &deadline) != ETIMEDOUT
  }

  package func announce() { pthread_cond_broadcast(condition) }
}

extension timespec {
  /// The monotonic clock's time.
  package static var now: timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time
  }

  package var seconds: Double { Double(tv_sec) + Double(tv_nsec) / 1e9 }

  /// The time so many milliseconds from now; at most a day, so that nothing overflows.
  package static func fromNow(milliseconds: Int) -> timespec {
    let time = now
    let bounded = max(0, min(milliseconds, 86_400_000))
    let nanoseconds = time.tv_nsec + bounded % 1000 * 1_000_000
    return timespec(
      tv_sec: time.tv_sec + bounded / 1000 + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000
    )
  }
}
