import CSwiftLLC
import Glibc
import Testing

@Suite struct RunTests {
  @Test(arguments: [0, -1, Int64.min]) func `a wait of no time only looks`(milliseconds: Int64) throws {
    let small = SmallRun(try LinearModel())
    try small.startEndless()
    for _ in 0..<1000 {
      let progress = try small.wait(milliseconds: milliseconds)
      try #require(progress.state == SLLC_RUNNING)
    }
  }

  @Test(arguments: [86_400_001, Int64.max]) func `the longest wait ends with the run`(milliseconds: Int64)
    throws
  {
    let small = SmallRun(try LinearModel(), draws: 5000)
    try #require(small.start() == SLLC_OK)
    let progress = try small.wait(milliseconds: milliseconds)
    #expect(progress.state == SLLC_FINISHED)
    #expect(progress.steps_done == progress.steps_total)
    // And at once where there is nothing left to wait for.
    #expect(try small.wait(milliseconds: milliseconds).state == SLLC_FINISHED)
  }

  @Test func `cancelling twice is cancelling once, and what was recorded stays`() throws {
    let small = SmallRun(try LinearModel(), draws: 100)
    small.options.num_steps_bw_draws = 1 << 40
    try #require(small.start() == SLLC_OK)
    // The first draw of both chains is the centre, long before the second.
    let done = try #require(small.trace.draws_done)
    while done[0] == 0 || done[1] == 0 { _ = try small.wait(milliseconds: 1) }
    #expect(sllc_run_cancel(small.run) == SLLC_OK)
    #expect(sllc_run_cancel(small.run) == SLLC_OK)
    #expect(try small.finish().state == SLLC_CANCELLED)
    #expect(sllc_run_cancel(small.run) == SLLC_OK)
    #expect(try small.finish().state == SLLC_CANCELLED)
    let losses = try #require(small.trace.losses)
    for chain in 0..<2 {
      #expect(done[chain] == 1)
      #expect(losses[100 * chain] == 0)
      #expect((1..<100).allSatisfy { losses[100 * chain + $0].isNaN })
    }
  }

  @Test func `cancelling what has finished changes nothing`() throws {
    let small = SmallRun(try LinearModel())
    try #require(small.start() == SLLC_OK)
    try small.finish()
    #expect(sllc_run_cancel(small.run) == SLLC_OK)
    #expect(try small.finish().state == SLLC_FINISHED)
  }

  @Test func `a run whose moves would be rejected ends after a fifth of its draws, if it is to`() throws {
    let small = SmallRun(try LinearModel(), draws: 500)
    small.options.num_acceptance_checks = 50
    func draws(stoppingBelow acceptance: Double) throws -> Int64 {
      small.options.stop_below_acceptance = acceptance
      try #require(small.start() == SLLC_OK)
      try small.finish()
      return try #require(small.trace.draws_done)[0]
    }
    #expect(try draws(stoppingBelow: 0) == 500)
    let accepted = try #require(small.trace.acceptance)
    let mean = (accepted[0] + accepted[1]) / 2
    try #require(mean > 0.1 && mean < 0.999)
    #expect(try draws(stoppingBelow: 0.9 * mean) == 500)
    #expect(try draws(stoppingBelow: 1) == 100)
    // Where no move is checked, nothing is known of it.
    small.options.num_acceptance_checks = 0
    #expect(try draws(stoppingBelow: 1) == 500)
  }

  /// After it the buffers are the caller's again.
  @Test func `freeing a running run joins its threads`() throws {
    let small = SmallRun(try LinearModel(), draws: 1_000_000)
    try #require(small.start() == SLLC_OK)
    let done = try #require(small.trace.draws_done)
    while done[0] == 0 || done[1] == 0 { _ = try small.wait(milliseconds: 1) }
    small.free()
    let before = small.written
    usleep(20_000)
    #expect(small.written == before)
    #expect(done[0] < 1_000_000)
  }

  @Test func `a trace has the extents of the options`() throws {
    for field in [\sllc_trace.chains, \.draws] {
      for n: Int64 in [-1, 0, 1, 6, .max] {
        let small = SmallRun(try LinearModel())
        small.trace[keyPath: field] = n
        expectRefused(naming: "the options ask for 2 x 5") { small.start() }
        #expect(small.isUntouched)
      }
    }
  }

  /// Found only when the memory of the chains has been made: the trace must still be as it was.
  @Test func `a run that is refused late leaves the trace as it was`() throws {
    let linear = try LinearModel()
    var untargeted: OpaquePointer?
    try #require(
      sllc_dataset_create(linear.model, 8, [linear.arrays[0], nil], nil, 2, &untargeted) == SLLC_OK)
    let small = SmallRun(linear)
    var run: OpaquePointer?
    expectRefused(naming: "the array of input 1 is missing") {
      sllc_run_start(
        linear.model, untargeted, linear.center, &small.sampler, &small.options, &small.trace, &run)
    }
    #expect(run == nil)
    #expect(small.isUntouched)
    sllc_dataset_free(untargeted)
  }

  @Test func `a loss that is not finite ends the run, and says where`() throws {
    let small = SmallRun(try LinearModel(), draws: 1000)
    small.sampler.lr = 1e6
    try #require(small.start() == SLLC_OK)
    #expect(try small.finish().state == SLLC_DIVERGED)
    let steps = try #require(small.trace.diverged_steps)
    #expect(steps[0] > 0 || steps[1] > 0)
  }

  @Test func `training ends in the caller's parameters`() throws {
    let linear = try LinearModel()
    for k in 0..<4 { linear.center[k] = 0 }
    var options = sllc_training_options()
    sllc_training_options_init(&options, Int64(MemoryLayout<sllc_training_options>.size))
    options.lr = 0.1
    options.num_steps = 200
    var losses = [Double](repeating: SmallRun.untouched, count: 200)
    var run: OpaquePointer?
    var progress = sllc_progress()
    progress.struct_size = Int64(MemoryLayout<sllc_progress>.size)
    let trace = array(losses)
    defer { trace.deallocate() }
    try #require(
      sllc_training_start(linear.model, linear.dataset, &options, linear.center, trace, &run) == SLLC_OK)
    repeat {
      try #require(sllc_run_wait(run, 1000, &progress) == SLLC_OK)
    } while progress.state == SLLC_RUNNING
    sllc_run_free(run)
    losses = (0..<200).map { trace[$0] }
    #expect(progress.state == SLLC_FINISHED)
    #expect(progress.init_loss.isNaN && progress.nbeta.isNaN)
    #expect(losses[0] == 14.25)
    #expect(losses[199] < 1e-20)
    #expect(zip(0..<4, LinearModel.weights).allSatisfy { abs(linear.center[$0] - $1) < 1e-10 })
  }
}
