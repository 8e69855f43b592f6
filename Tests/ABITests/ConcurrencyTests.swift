import CSwiftLLC
import Glibc
import Testing

/// Many callers at once. A process may call OpenBLAS from more threads than it keeps buffers for.
@Suite struct ConcurrencyTests {
  @Test func `the last error is the thread's own`() throws {
    // Read when every thread has failed, each with a number of its own.
    let failed = Barrier(16)
    let messages = onThreads(16) { index in
      var graph: OpaquePointer?
      _ = sllc_graph_create(Int32(100 + index), &graph)
      failed.wait()
      return lastError
    }
    for (index, message) in messages.enumerated() {
      #expect(message.hasPrefix("precision is \(100 + index);"))
    }
    #expect(onThreads(1) { _ in lastError } == [""])
  }

  @Test func `a long message is cut between characters`() throws {
    let linear = try LinearModel()
    var node: Int64 = 0
    for letters in 500..<504 {
      let name = String(repeating: "é", count: letters)
      #expect(sllc_graph_add_parameter(linear.graph, name, [1], 1, &node) == SLLC_OK)
      expectRefused(naming: "éé") { sllc_graph_add_parameter(linear.graph, name, [1], 1, &node) }
      #expect(String(validatingCString: sllc_last_error()) != nil)
      #expect((1020..<1024).contains(strlen(sllc_last_error())))
    }
  }

  @Test func `64 threads with a run each get what they would alone`() throws {
    let linear = try LinearModel()
    func run(_ seed: Int, wait: () -> Void) -> [UInt64] {
      let small = SmallRun(linear, draws: 50)
      small.options.seed = UInt64(seed)
      small.options.threads = 2
      let status = small.start()
      wait()
      guard status == SLLC_OK, (try? small.finish()) != nil else { return [] }
      return small.written
    }
    let alone = (0..<64).map { seed in run(seed) {} }
    let started = Barrier(64)
    let together = onThreads(64) { seed in run(seed) { started.wait() } }
    #expect(together == alone)
    #expect(Set(alone).count == 64)
  }

  @Test func `256 chains on 128 threads are those on one`() throws {
    let linear = try LinearModel()
    let (one, many) = (SmallRun(linear, chains: 256, draws: 2), SmallRun(linear, chains: 256, draws: 2))
    (one.options.threads, many.options.threads) = (1, 128)
    try #require(one.start() == SLLC_OK && many.start() == SLLC_OK)
    #expect(try one.finish().threads == 1)
    #expect((2...128).contains(try many.finish().threads))
    #expect(many.written == one.written)
  }

  @Test func `a run may be waited for, looked at and cancelled by many`() throws {
    let small = SmallRun(try LinearModel())
    try small.startEndless()
    let states = onThreads(16) { index -> Int32 in
      if index == 15 {
        usleep(2000)
        _ = sllc_run_cancel(small.run)
      }
      return (try? small.finish())?.state ?? -1
    }
    #expect(states == [Int32](repeating: Int32(SLLC_CANCELLED), count: 16))
  }
}
