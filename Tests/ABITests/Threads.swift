import Glibc
import Synchronization

/// Where threads wait until so many have come.
final class Barrier: Sendable {
  private let missing: Atomic<Int>
  init(_ count: Int) { missing = Atomic(count) }

  func wait() {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    while missing.load(ordering: .acquiring) > 0 { usleep(100) }
  }
}

/// What `body` returns on each of so many threads, all at once.
func onThreads<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
  withoutActuallyEscaping(body) { body in
    let tasks = (0..<count).map { index in ThreadTask { body(index) } }
    let threads = tasks.map { task in
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<AnyThreadTask>.fromOpaque(argument).takeUnretainedValue().perform()
          return nil
        }, Unmanaged<AnyThreadTask>.passUnretained(task).toOpaque())
      precondition(code == 0, "no thread")
      return thread
    }
    for thread in threads { pthread_join(thread, nil) }
    return tasks.compactMap(\.result)
  }
}

/// What a C function can be given: it knows no generic class.
private class AnyThreadTask {
  func perform() {}
}

private final class ThreadTask<Result>: AnyThreadTask {
  private let body: () -> Result
  private(set) var result: Result?
  init(_ body: @escaping () -> Result) { self.body = body }
  override func perform() { result = body() }
}
