import CSwiftLLC
import Testing

/// The defaults that the header promises.
@Suite struct DefaultsTests {
  @Test(arguments: samplerKinds) func `of every sampler`(kind: Int) {
    let options = samplerOptions(kind)
    #expect(options.struct_size == MemoryLayout<sllc_sampler_options>.size)
    #expect(options.kind == kind)
    #expect(options.lr.isNaN)
    #expect(options.localization == 1)
    #expect(options.weight_decay == 0)
    #expect(options.bounding_box == .infinity)
    #expect(options.preconditioner == nil)
    #expect(options.localization_metric == SLLC_ISOTROPIC)
    #expect(options.moments == SLLC_MOMENTS_CORRECTED)
    let isExact = kind == SLLC_MALA || kind == SLLC_HMC
    #expect(isExact ? options.noise_level.isNaN : options.noise_level == 1)
    #expect(options.leapfrog_steps == (kind == SLLC_HMC ? 10 : 0))
  }

  @Test func `of what only some samplers have`() {
    let adaptive: [Int: [Double]] = [
      SLLC_RMSPROP_SGLD: [.nan, 0.99, 0.1], SLLC_ADAM_SGLD: [0.9, 0.999, 1e-8],
    ]
    let friction: [Int: [Double]] = [SLLC_SGHMC: [0.1, 0], SLLC_SGNHT: [0.1, .nan]]
    for kind in samplerKinds {
      let options = samplerOptions(kind)
      let moments = [options.first_moment_decay, options.second_moment_decay, options.epsilon]
      #expect(same(moments, adaptive[kind] ?? [.nan, .nan, .nan]))
      #expect(same([options.friction, options.noise_estimate], friction[kind] ?? [.nan, .nan]))
      #expect(options.freeze_after_burnin == (adaptive[kind] == nil ? 0 : 1))
    }
  }

  @Test(arguments: [Int32.min, -1, 8, .max]) func `of no sampler, zeros`(kind: Int32) {
    var options = samplerOptions(SLLC_HMC)
    sllc_sampler_options_init(&options, Int64(MemoryLayout<sllc_sampler_options>.size), kind)
    #expect(options.struct_size == 0 && options.lr == 0 && options.leapfrog_steps == 0)
  }

  /// Where a NaN is one.
  private func same(_ a: [Double], _ b: [Double]) -> Bool {
    zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
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
    #expect(options.microbatch_size == 0)
    #expect(options.mask == nil && options.lr_factors == nil)
    #expect(options.lr_factor_count == 0)
    #expect(options.stop_at_relative_error == 0)
    #expect(options.num_stop_checks == 20)
    #expect(options.num_draws_before_stop == 0)
    #expect(options.stop_below_acceptance == 0)
    #expect(options.with_replacement == 0)
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
    sllc_sampler_options_init(nil, Int64(MemoryLayout<sllc_sampler_options>.size), 0)
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
