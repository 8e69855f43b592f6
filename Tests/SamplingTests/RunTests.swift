import Sampling
import Synchronization
import TensorCore
import Testing

/// Counts tasks, and keeps the order in which phases begin.
private final class CountingJob: Job {
  let phases = [5, 3, 7]
  let stepCount = 15
  let done = Atomic<Int>(0)
  let outOfOrder = Atomic<Int>(0)
  let teams: [Team]
  init(threads: Int) { teams = (0..<threads).map { _ in Team(size: 1) } }
  func perform(phase: Int, task: Int, worker: Int, control: RunControl) {
    // When a phase runs, all tasks of the phases before it have ended.
    if done.load(ordering: .sequentiallyConsistent) < phases[..<phase].reduce(0, +) {
      outOfOrder.add(1, ordering: .relaxed)
    }
    done.add(1, ordering: .sequentiallyConsistent)
  }
}

@Suite struct RunTests {
  @Test(arguments: [1, 2, 5, 20]) func `every task is done once, phase after phase`(threads: Int) throws {
    let job = CountingJob(threads: threads)
    let run = try Run(job)
    while run.state == .running { run.wait(milliseconds: 100) }
    #expect(run.state == .finished)
    #expect(job.done.load(ordering: .relaxed) == 15)
    #expect(job.outOfOrder.load(ordering: .relaxed) == 0)
  }

  @Test func `a run goes on until it is cancelled, and its release joins the threads`() throws {
    let buffers = try Memory<Double>(count: 2)
    let trace = Trace(chains: 1, draws: 1, losses: buffers.pointer, baselines: buffers.pointer + 1)
    let endless = ChainSetup(
      center: try Center<Float>([0], dimension: 1),
      schedule: try Schedule(draws: 1, burninSteps: 1 << 50, stepsBetweenDraws: 1), sampleCount: 1,
      batchSize: 1, seed: 0
    ) { _ in SGLD(Posterior(nbeta: 1, localization: 1), lr: 1e-3) }
    let job = try SamplingJob(threads: 1, endless, trace: trace) { _ in
      Quadratic<Float>(curvatures: [1])
    }
    do {
      let run = try Run(job)
      run.wait(milliseconds: 5)
      #expect(run.state == .running)
      let early = run.control.stepsDone
      run.wait(milliseconds: 20)
      #expect(run.control.stepsDone > early)
      run.control.cancel()
      while run.state == .running { run.wait(milliseconds: 100) }
      #expect(run.state == .cancelled)
    }
    do {
      let run = try Run(job)
      #expect(run.state == .running)
    }
    // Reached only because `deinit` ended the thread; the buffers may go now.
    _ = consume buffers
  }
}
