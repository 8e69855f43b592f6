import CSwiftLLC
import Testing

/// The defaults that the header promises.
@Suite struct DefaultsTests {
  @Test func `of the sampler`() {
    var options = sllc_sgld_options()
    sllc_sgld_options_init(&options, Int64(MemoryLayout<sllc_sgld_options>.size))
    #expect(options.struct_size == MemoryLayout<sllc_sgld_options>.size)
    #expect(options.lr.isNaN)
    #expect(options.localization == 1)
    #expect(options.noise_level == 1)
    #expect(options.weight_decay == 0)
    #expect(options.preconditioner == nil)
    #expect(options.localization_metric == SLLC_ISOTROPIC)
  }

  @Test func `of a run`() {
    var options = sllc_run_options()
    sllc_run_options_init(&options, Int64(MemoryLayout<sllc_run_options>.size))
    #expect(options.struct_size == MemoryLayout<sllc_run_options>.size)
    #expect(options.nbeta.isNaN)
    #expect(options.num_chains == 4)
    #expect(options.num_draws == 500)
    #expect(options.num_burnin_steps == 200)
    #expect(options.num_steps_bw_draws == 1)
    #expect(options.batch_size == 0)
    #expect(options.seed == 0)
    #expect(options.threads == 0)
    #expect(options.num_acceptance_checks == 100)
    #expect(options.draw_batches == Int32(SLLC_INDEPENDENT_BATCHES))
  }

  @Test func `of training`() {
    var options = sllc_training_options()
    sllc_training_options_init(&options, Int64(MemoryLayout<sllc_training_options>.size))
    #expect(options.struct_size == MemoryLayout<sllc_training_options>.size)
    #expect(options.optimizer == SLLC_SGD)
    #expect(options.lr.isNaN)
    #expect(options.momentum == 0)
    #expect(options.beta1 == 0.9)
    #expect(options.beta2 == 0.999)
    #expect(options.epsilon == 1e-8)
    #expect(options.weight_decay == 0)
    #expect(options.num_steps == 1000)
    #expect(options.batch_size == 0)
    #expect(options.seed == 0)
  }

  @Test func `of no struct: NULL is left alone`() {
    sllc_sgld_options_init(nil, Int64(MemoryLayout<sllc_sgld_options>.size))
    sllc_run_options_init(nil, Int64(MemoryLayout<sllc_run_options>.size))
    sllc_training_options_init(nil, Int64(MemoryLayout<sllc_training_options>.size))
  }

  @Test func `in force, as progress tells them`() throws {
    let small = SmallRun(try LinearModel())
    small.options.nbeta = .nan
    small.options.batch_size = 0
    try #require(small.start() == SLLC_OK)
    let progress = try small.finish()
    #expect(progress.nbeta == 8 / 2.0794415416798357)
    #expect(progress.batch_size == 8)
    #expect((1...2).contains(progress.threads))
    #expect(progress.steps_total == 10)
    #expect(progress.steps_done == 10)
    #expect(progress.init_loss == 0)
    #expect(progress.gradient_norm == 0)
  }
}
