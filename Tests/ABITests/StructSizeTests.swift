import CSwiftLLC
import Testing

/// A struct that is smaller than this library's is refused; a larger one is of a later version, and accepted.
@Suite struct StructSizeTests {
  @Test(arguments: [Int64.min, -8, 0, 8]) func `too small`(size: Int64) throws {
    let linear = try LinearModel()
    func refused(_ name: String, _ change: (SmallRun) -> Void) {
      let small = SmallRun(linear)
      change(small)
      expectRefused(naming: "\(name).struct_size is \(size)") { small.start() }
      #expect(small.isUntouched)
    }
    refused("sampler") { $0.sampler.struct_size = size }
    refused("options") { $0.options.struct_size = size }
    refused("trace") { $0.trace.struct_size = size }

    var training = sllc_training_options()
    sllc_training_options_init(&training, Int64(MemoryLayout<sllc_training_options>.size))
    training.struct_size = size
    var run: OpaquePointer?
    expectRefused(naming: "options.struct_size is \(size)") {
      sllc_training_start(linear.model, linear.dataset, &training, linear.center, nil, &run)
    }

    var estimate = sllc_estimate()
    estimate.struct_size = size
    expectRefused(naming: "estimate.struct_size is \(size)") {
      sllc_estimate_compute(linear.center, nil, 0, 1, 4, 1, nil, &estimate)
    }

    let small = SmallRun(linear)
    try #require(small.start() == SLLC_OK)
    var progress = sllc_progress()
    progress.struct_size = size
    expectRefused(naming: "progress.struct_size is \(size)") { sllc_run_wait(small.run, 0, &progress) }
    #expect(progress.steps_total == 0)
  }

  @Test func `larger`() throws {
    let small = SmallRun(try LinearModel())
    small.sampler.struct_size += 64
    small.options.struct_size += 64
    small.trace.struct_size += 64
    try #require(small.start() == SLLC_OK)
    #expect(try small.finish().state == SLLC_FINISHED)

    // A later caller's progress: only what this library knows is written.
    let later = array([sllc_progress(), sllc_progress()])
    defer { later.deallocate() }
    later[0].struct_size = Int64(2 * MemoryLayout<sllc_progress>.size)
    later[1].steps_total = -9
    #expect(sllc_run_wait(small.run, 0, later) == SLLC_OK)
    #expect(later[0].struct_size == 2 * MemoryLayout<sllc_progress>.size)
    #expect(later[0].steps_total == 10)
    #expect(later[1].steps_total == -9)
  }
}
