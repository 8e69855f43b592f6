import CSwiftLLC
import Testing

/// What each kind of sampler takes, and what it refuses.
@Suite struct SamplerOptionTests {
  private func refused(
    _ name: String, kind: Int = SLLC_SGLD, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (SmallRun) -> Void
  ) throws {
    let small = SmallRun(try LinearModel(), kind: kind)
    change(small)
    expectRefused("kind \(kind)", naming: name, sourceLocation: sourceLocation) { small.start() }
    #expect(small.isUntouched, sourceLocation: sourceLocation)
  }

  @Test(arguments: samplerKinds) func `every sampler runs with its defaults, and is checked`(kind: Int) throws
  {
    let small = SmallRun(try LinearModel(), kind: kind, draws: 50)
    if kind == SLLC_UNDERDAMPED_LANGEVIN || kind == SLLC_HMC { small.sampler.lr = 0.02 }
    // At the centre there is no gradient, and A would be 1/epsilon.
    if kind == SLLC_ADAM_SGLD { small.sampler.epsilon = 0.1 }
    try #require(small.start() == SLLC_OK)
    #expect(try small.finish().state == SLLC_FINISHED)
    #expect(small.values(\.losses, 100).allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(small.values(\.distances, 100).map { $0 > 0 } == (0..<100).map { $0 % 50 > 0 })
    #expect(small.values(\.drift_norms).allSatisfy { $0 > 0 })
    #expect(small.values(\.noise_norms).allSatisfy { $0 > 0 })
    // At the centre all samples agree, so that there the gradients have no noise; elsewhere they do.
    let isExact = kind == SLLC_MALA || kind == SLLC_HMC
    #expect(small.values(\.gradient_noise).allSatisfy { isExact ? $0 == 0 : $0 > 0 })
    let hasMomentum = [SLLC_SGHMC, SLLC_SGNHT, SLLC_UNDERDAMPED_LANGEVIN].contains(kind)
    #expect(small.values(\.temperatures).allSatisfy { hasMomentum ? $0 > 0 : $0.isNaN })
    let hasStiffness = [SLLC_SGLD, SLLC_RMSPROP_SGLD].contains(kind)
    #expect(small.values(\.stiffness).allSatisfy { hasStiffness ? $0 > 0 : $0.isNaN })
    let isScored = ![SLLC_ADAM_SGLD, SLLC_SGHMC, SLLC_SGNHT].contains(kind)
    #expect(small.values(\.acceptance).allSatisfy { isScored ? (0.5...1).contains($0) : $0.isNaN })
  }

  @Test func `a kind that there is not`() throws {
    for kind in [Int32.min, -1, 8, .max] { try refused("kind is \(kind)") { $0.sampler.kind = kind } }
  }

  @Test(arguments: samplerKinds) func `what a kind does not have must be NaN or 0`(kind: Int) throws {
    let adaptive = [SLLC_RMSPROP_SGLD, SLLC_ADAM_SGLD]
    let frictions = [SLLC_SGHMC, SLLC_SGNHT, SLLC_UNDERDAMPED_LANGEVIN]
    let owners: [(String, WritableKeyPath<sllc_sampler_options, Double>, [Int])] = [
      ("noise_level", \.noise_level, samplerKinds.filter { $0 != SLLC_MALA && $0 != SLLC_HMC }),
      ("friction", \.friction, frictions), ("noise_estimate", \.noise_estimate, [SLLC_SGHMC]),
      ("first_moment_decay", \.first_moment_decay, [SLLC_ADAM_SGLD]),
      ("second_moment_decay", \.second_moment_decay, adaptive), ("epsilon", \.epsilon, adaptive),
    ]
    for (name, field, kinds) in owners where !kinds.contains(kind) {
      try refused("\(name) is 0.5, but this kind", kind: kind) { $0.sampler[keyPath: field] = 0.5 }
    }
    for (name, field, kinds) in owners where kinds.contains(kind) {
      try refused(name, kind: kind) { $0.sampler[keyPath: field] = .nan }
      try refused("\(name) is -1", kind: kind) { $0.sampler[keyPath: field] = -1 }
    }
    if kind != SLLC_RMSPROP_SGLD { try refused("moments is 1", kind: kind) { $0.sampler.moments = 1 } }
    try refused("moments is 2", kind: kind) { $0.sampler.moments = 2 }
    if !adaptive.contains(kind) {
      try refused("freeze_after_burnin is 1", kind: kind) { $0.sampler.freeze_after_burnin = 1 }
    }
    try refused("freeze_after_burnin is 2", kind: kind) { $0.sampler.freeze_after_burnin = 2 }
    let leapfrogSteps: Int64 = kind == SLLC_HMC ? 0 : 1
    try refused("leapfrog_steps is \(leapfrogSteps)", kind: kind) {
      $0.sampler.leapfrog_steps = leapfrogSteps
    }
  }

  @Test func `numbers that cannot be`() throws {
    try refused("friction must be given", kind: SLLC_UNDERDAMPED_LANGEVIN) { $0.sampler.friction = .nan }
    for kind in [SLLC_SGHMC, SLLC_SGNHT, SLLC_UNDERDAMPED_LANGEVIN] {
      for x in [0, .infinity] { try refused("friction is \(x)", kind: kind) { $0.sampler.friction = x } }
    }
    try refused("noise_estimate is 0.2; it must be in 0 ... friction", kind: SLLC_SGHMC) {
      $0.sampler.noise_estimate = 0.2
    }
    try refused("first_moment_decay is 1", kind: SLLC_ADAM_SGLD) { $0.sampler.first_moment_decay = 1 }
    for kind in [SLLC_RMSPROP_SGLD, SLLC_ADAM_SGLD] {
      try refused("second_moment_decay is 1", kind: kind) { $0.sampler.second_moment_decay = 1 }
      for x in [0, .infinity] { try refused("epsilon is \(x)", kind: kind) { $0.sampler.epsilon = x } }
    }
    try refused("leapfrog_steps is -1", kind: SLLC_HMC) { $0.sampler.leapfrog_steps = -1 }
    for x in [0, -1, Double.nan] { try refused("bounding_box is \(x)") { $0.sampler.bounding_box = x } }
  }

  @Test func `a preconditioner where there is one of the sampler's own, or none`() throws {
    let diagonal = array([1, 1, 1, 1.0])
    defer { diagonal.deallocate() }
    for kind in samplerKinds {
      let takesOne = [SLLC_SGLD, SLLC_UNDERDAMPED_LANGEVIN, SLLC_MALA, SLLC_HMC].contains(kind)
      let small = SmallRun(try LinearModel(), kind: kind)
      small.sampler.preconditioner = UnsafeRawPointer(diagonal)
      if takesOne {
        #expect(small.start() == SLLC_OK)
      } else {
        expectRefused(naming: "this kind of sampler takes none") { small.start() }
      }
    }
  }

  @Test(arguments: [SLLC_MALA, SLLC_HMC]) func `all samples where moves are rejected`(kind: Int)
    throws
  {
    try refused("batch_size is 4; MALA and HMC take all 8 samples", kind: kind) { $0.options.batch_size = 4 }
    for batchSize: Int64 in [0, 8] {
      let small = SmallRun(try LinearModel(), kind: kind)
      small.options.batch_size = batchSize
      try #require(small.start() == SLLC_OK)
      #expect(try small.finish().batch_size == 8)
    }
  }

  @Test func `factors of the step`() throws {
    for x in [0, -1, Double.nan, .infinity] {
      let factors = array([1, x])
      defer { factors.deallocate() }
      try refused("lr_factors[1] is \(x)") {
        ($0.options.lr_factors, $0.options.lr_factor_count) = (.init(factors), 2)
      }
    }
    let factors = array([0.5])
    defer { factors.deallocate() }
    for n in [Int64.min, -1, .max] {
      try refused("lr_factor_count is \(n)") {
        ($0.options.lr_factors, $0.options.lr_factor_count) = (.init(factors), n)
      }
    }
    let linear = try LinearModel()
    let (halved, small) = (SmallRun(linear), SmallRun(linear))
    (halved.options.lr_factors, halved.options.lr_factor_count) = (.init(factors), 1)
    (halved.sampler.lr, small.sampler.lr) = (1e-3, 5e-4)
    try #require(halved.start() == SLLC_OK && small.start() == SLLC_OK)
    try halved.finish()
    try small.finish()
    #expect(halved.written == small.written)
  }

  @Test func `microbatches`() throws {
    for n in [Int64.min, -1] { try refused("microbatch_size is \(n)") { $0.options.microbatch_size = n } }
    let linear = try LinearModel()
    let whole = SmallRun(linear, draws: 50)
    try #require(whole.start() == SLLC_OK)
    #expect(try whole.finish().microbatch_size == 4)
    for size: Int64 in [1, 3, 4, .max] {
      let small = SmallRun(linear, draws: 50)
      small.options.microbatch_size = size
      try #require(small.start() == SLLC_OK)
      #expect(try small.finish().microbatch_size == min(size, 4))
      for (a, b) in zip(small.values(\.losses, 100), whole.values(\.losses, 100)) {
        #expect(abs(a - b) <= 1e-12 * b)
      }
    }
  }

  @Test func `a mask`() throws {
    let linear = try LinearModel()
    let mask = array([UInt8(1), 0, 0, 1])
    defer { mask.deallocate() }
    let small = SmallRun(linear, draws: 50)
    small.options.mask = .init(mask)
    // The columns of the design are orthogonal over all samples.
    small.options.batch_size = 8
    try #require(small.start() == SLLC_OK)
    try small.finish()
    // The noise of two free weights, and nothing of the others: the loss is the squared distance.
    for (loss, distance) in zip(small.values(\.losses, 100), small.values(\.distances, 100)) {
      #expect(abs(loss - distance * distance) < 1e-12)
    }
    for i in 0..<4 { mask[i] = 0 }
    for kind in samplerKinds {
      let still = SmallRun(linear, kind: kind, draws: 50)
      still.options.mask = .init(mask)
      try #require(still.start() == SLLC_OK)
      #expect(try still.finish().state == SLLC_FINISHED)
      #expect(still.values(\.losses, 100) == still.values(\.baselines, 100))
      #expect(still.values(\.distances, 100) == [Double](repeating: 0, count: 100))
    }
  }
}
