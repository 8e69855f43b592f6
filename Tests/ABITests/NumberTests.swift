import CSwiftLLC
import Testing

/// Numbers that cannot be: each is refused in a sentence that names the argument, and nothing is written.
@Suite struct NumberTests {
  private static let extremes: [Int64] = [.min, .max, -1]
  private static let notFinite = [Double.nan, .infinity, -.infinity]

  @Test func `kinds, shapes and nodes`() throws {
    let linear = try LinearModel()
    let (graph, w) = (linear.graph, linear.weight)
    var made: OpaquePointer?
    var (node, count): (Int64, Int64) = (-9, -9)
    for kind in [Int32.min, -1, 2, Int32.max] {
      expectRefused(naming: "precision is \(kind)") { sllc_graph_create(kind, &made) }
      expectRefused(naming: "element is \(kind)") { sllc_graph_add_input(graph, kind, [4], 1, &node) }
      expectRefused(naming: "precision is \(kind)") {
        sllc_array_first_nonfinite(linear.center, kind, 4, &node)
      }
    }
    for kind in [Int32.min, -1, 17, Int32.max] {
      expectRefused(naming: "function is \(kind)") { sllc_graph_add_activation(graph, kind, 0, 0, &node) }
    }
    for kind in [Int32.min, -1, 6, Int32.max] {
      expectRefused(naming: "operation is \(kind)") { sllc_graph_add_arithmetic(graph, kind, 0, 0, &node) }
    }
    for x in NumberTests.notFinite {
      for (function, name) in [(7, "negative_slope"), (8, "alpha"), (16, "exponent")] as [(Int32, String)] {
        expectRefused(naming: "\(name) is \(x)") { sllc_graph_add_activation(graph, function, x, 0, &node) }
      }
      expectRefused(naming: "values[1] is \(x)") { sllc_graph_add_constant(graph, [0, x], [2], 1, &node) }
      expectRefused(naming: "scale is \(x)") {
        sllc_graph_add_attention(graph, w, w, w, -1, 0, x, &node)
      }
      expectRefused(naming: "epsilon is \(x)") {
        sllc_graph_add_normalization(graph, w, -1, -1, 1, 1, x, &node)
      }
      expectRefused(naming: "scale is \(x)") { sllc_graph_add_sum(graph, 0, [0], 1, x, &node) }
      expectRefused(naming: "scale is \(x)") {
        sllc_graph_add_squared_error(graph, linear.prediction, linear.y, x, 0, &node)
      }
      expectRefused(naming: "offset is \(x)") {
        sllc_graph_add_squared_error(graph, linear.prediction, linear.y, 1, x, &node)
      }
    }
    for n in NumberTests.extremes {
      expectRefused(naming: "shape is \(n)") { sllc_graph_add_input(graph, 0, [4], n, &node) }
      expectRefused(naming: "shape is \(n)") { sllc_graph_add_parameter(graph, "v", [4], n, &node) }
      expectRefused(naming: "shape (\(n), 2)") { sllc_graph_add_input(graph, 0, [n, 2], 2, &node) }
      expectRefused(naming: "shape (\(n), 2)") { sllc_graph_add_parameter(graph, "v", [n, 2], 2, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_linear(graph, n, w, -1, &node) }
      expectRefused(naming: "weight is node \(n)") { sllc_graph_add_linear(graph, 0, n, -1, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_activation(graph, 0, 0, n, &node) }
      expectRefused(naming: "a is node \(n)") { sllc_graph_add_arithmetic(graph, 0, n, 0, &node) }
      expectRefused(naming: "b is node \(n)") { sllc_graph_add_arithmetic(graph, 0, 0, n, &node) }
      expectRefused(naming: "shape is \(n)") { sllc_graph_add_reshape(graph, 0, [4], n, &node) }
      expectRefused(naming: "shape (\(n),)") { sllc_graph_add_reshape(graph, 0, [n], 1, &node) }
      expectRefused(naming: "axes is [\(n)]") { sllc_graph_add_permute(graph, 0, [n], 1, &node) }
      expectRefused(naming: "axis is \(n)") { sllc_graph_add_slice(graph, 0, n, 0, 1, 1, &node) }
      expectRefused(naming: "from \(n) on") { sllc_graph_add_slice(graph, 0, 0, n, 1, 1, &node) }
      expectRefused(naming: "steps of \(n)") { sllc_graph_add_slice(graph, 0, 0, 0, n, 4, &node) }
      expectRefused(naming: "slice of \(n)") { sllc_graph_add_slice(graph, 0, 0, 0, 1, n, &node) }
      expectRefused(naming: "shape (\(n), 4)") { sllc_graph_add_expand(graph, 0, [n, 4], 2, &node) }
      expectRefused(naming: "inputs is \(n)") { sllc_graph_add_concatenation(graph, [0], n, 0, &node) }
      expectRefused(naming: "axis is \(n)") { sllc_graph_add_concatenation(graph, [0], 1, n, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_concatenation(graph, [n], 1, 0, &node) }
      expectRefused(naming: "axes is [\(n)]") { sllc_graph_add_sum(graph, 0, [n], 1, 1, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_maximum(graph, n, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_softmax(graph, n, 0, &node) }
      expectRefused(naming: "a is node \(n)") { sllc_graph_add_matrix_product(graph, n, 0, w, 0, &node) }
      expectRefused(naming: "b is node \(n)") { sllc_graph_add_matrix_product(graph, w, 0, n, 0, &node) }
      expectRefused(naming: "indices is node \(n)") { sllc_graph_add_embedding(graph, n, w, &node) }
      expectRefused(naming: "input is node \(n)") { sllc_graph_add_pick(graph, n, 0, .min, &node) }
      expectRefused(naming: "indices is node \(n)") { sllc_graph_add_pick(graph, 0, n, .min, &node) }
      expectRefused(naming: "value is node \(n)") { sllc_graph_add_loss(graph, n, &node) }
      expectRefused(naming: "prediction is node \(n)") {
        sllc_graph_add_mean_squared_error(graph, n, linear.y, &node)
      }
      expectRefused(naming: "target is node \(n)") {
        sllc_graph_add_mean_squared_error(graph, linear.prediction, n, &node)
      }
      expectRefused(naming: "logits is node \(n)") {
        sllc_graph_add_cross_entropy(graph, n, 0, .min, 0, &node)
      }
      expectRefused(naming: "label is node \(n)") {
        sllc_graph_add_cross_entropy(graph, linear.prediction, n, .min, 0, &node)
      }
      expectRefused(naming: "loss is node \(n)") { sllc_model_compile(graph, n, -1, &made) }
      expectRefused(naming: "node \(n)") { sllc_model_parameter_slice(linear.model, n, &node, &count) }
      guard n != SLLC_NO_NODE else { continue }
      expectRefused(naming: "bias is node \(n)") { sllc_graph_add_linear(graph, 0, w, n, &node) }
      expectRefused(naming: "output is node \(n)") { sllc_model_compile(graph, linear.loss, n, &made) }
    }
    expectRefused(naming: "shape (0,)") { sllc_graph_add_input(graph, 0, [0], 1, &node) }
    #expect((node, count) == (-9, -9))
    #expect(made == nil)
  }

  @Test func `of samples`() throws {
    let linear = try LinearModel()
    var made: OpaquePointer?
    var index: Int64 = -9
    for n in NumberTests.extremes {
      expectRefused(naming: "samples is \(n)") {
        sllc_dataset_create(linear.model, n, linear.arrays, nil, 2, &made)
      }
      expectRefused(naming: "array_count is \(n)") {
        sllc_dataset_create(linear.model, 8, linear.arrays, nil, n, &made)
      }
      expectRefused(naming: "count is \(n)") { sllc_array_first_nonfinite(linear.center, 1, n, &index) }
    }
    expectRefused(naming: "samples is 0") {
      sllc_dataset_create(linear.model, 0, linear.arrays, nil, 2, &made)
    }
    #expect(made == nil)
    #expect(index == -9)
  }

  /// Each extent and the number of samples are possible, but not together.
  @Test func `of samples that are too large for so many`() throws {
    var (graph, model, dataset): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    var nodes = [Int64](repeating: 0, count: 4)
    _ = sllc_graph_create(Int32(SLLC_FLOAT32), &graph)
    _ = sllc_graph_add_input(graph, 0, [1 << 30], 1, &nodes[0])
    _ = sllc_graph_add_input(graph, 0, [1 << 30], 1, &nodes[1])
    _ = sllc_graph_add_mean_squared_error(graph, nodes[0], nodes[1], &nodes[2])
    _ = sllc_graph_add_parameter(graph, "w", [1], 1, &nodes[3])
    try #require(sllc_model_compile(graph, nodes[2], -1, &model) == SLLC_OK)
    expectRefused(naming: "samples is 4294967295") {
      sllc_dataset_create(model, Int64(UInt32.max), [nil, nil], nil, 2, &dataset)
    }
    sllc_model_free(model)
    sllc_graph_free(graph)
  }

  @Test func `of the sampler and the run`() throws {
    let linear = try LinearModel()
    func refused(_ name: String, chains: Int = 2, _ change: (SmallRun) -> Void) {
      let small = SmallRun(linear, chains: chains)
      change(small)
      expectRefused(naming: name) { small.start() }
      #expect(small.isUntouched)
    }
    for x in NumberTests.notFinite + [-1] {
      refused("lr") { $0.sampler.lr = x }
      refused("localization is \(x)") { $0.sampler.localization = x }
      refused("noise_level is \(x)") { $0.sampler.noise_level = x }
      refused("weight_decay is \(x)") { $0.sampler.weight_decay = x }
      refused("stop_below_acceptance is \(x)") { $0.options.stop_below_acceptance = x }
      if !x.isNaN { refused("nbeta is \(x)") { $0.options.nbeta = x } }
    }
    refused("lr is 0") { $0.sampler.lr = 0 }
    refused("nbeta is 0") { $0.options.nbeta = 0 }
    refused("localization_metric is 2") { $0.sampler.localization_metric = 2 }
    refused("there is no preconditioner") { $0.sampler.localization_metric = Int32(SLLC_PRECONDITIONER) }
    let diagonal = array([1, 1, 0, 1.0])
    defer { diagonal.deallocate() }
    refused("preconditioner[2] is 0") { $0.sampler.preconditioner = UnsafeRawPointer(diagonal) }
    for n in NumberTests.extremes {
      refused("batch_size is \(n)") { $0.options.batch_size = n }
      refused("num_chains is \(n)") { ($0.options.num_chains, $0.trace.chains) = (n, n) }
      if n != .max {
        refused("threads is \(n)") { $0.options.threads = n }
        refused("num_draws is \(n)") { ($0.options.num_draws, $0.trace.draws) = (n, n) }
        refused("num_burnin_steps is \(n)") { $0.options.num_burnin_steps = n }
        refused("num_steps_bw_draws is \(n)") { $0.options.num_steps_bw_draws = n }
        refused("num_acceptance_checks is \(n)") { $0.options.num_acceptance_checks = n }
        refused("num_draws_before_stop is \(n)") { $0.options.num_draws_before_stop = n }
      }
      refused("num_stop_checks is \(n)") { $0.options.num_stop_checks = n }
    }
    for kind in [Int32.min, -1, 2, .max] {
      refused("draw_batches is \(kind)") { $0.options.draw_batches = kind }
      refused("with_replacement is \(kind)") { $0.options.with_replacement = kind }
    }
    refused("num_chains is 0") { ($0.options.num_chains, $0.trace.chains) = (0, 0) }
    refused("num_draws is 0") { ($0.options.num_draws, $0.trace.draws) = (0, 0) }
    refused("num_steps_bw_draws is 0") { $0.options.num_steps_bw_draws = 0 }
    refused("\(Int64.max) draws") { ($0.options.num_draws, $0.trace.draws) = (.max, .max) }
    refused("\(1 << 50) draws") { ($0.options.num_draws, $0.trace.draws) = (1 << 50, 1 << 50) }
    refused("\(Int64.max) burn-in steps") { $0.options.num_burnin_steps = .max }
    refused("every \(Int64.max) steps") { $0.options.num_steps_bw_draws = .max }
    refused("256 chains of \(1 << 55 + 5) steps", chains: 256) { $0.options.num_burnin_steps = 1 << 55 }
  }

  /// What is positive in double precision, but nothing in the model's.
  @Test func `that single precision does not hold`() throws {
    var (graph, model, dataset, run): (OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?)
    var nodes = [Int64](repeating: 0, count: 3)
    _ = sllc_graph_create(Int32(SLLC_FLOAT32), &graph)
    _ = sllc_graph_add_input(graph, 0, nil, 0, &nodes[0])
    _ = sllc_graph_add_mean_squared_error(graph, nodes[0], nodes[0], &nodes[1])
    _ = sllc_graph_add_parameter(graph, "w", [1], 1, &nodes[2])
    try #require(sllc_model_compile(graph, nodes[1], -1, &model) == SLLC_OK)
    var sample: Float = 1
    try withUnsafeMutablePointer(to: &sample) { sample in
      try #require(sllc_dataset_create(model, 1, [UnsafeRawPointer(sample)], nil, 1, &dataset) == SLLC_OK)
      let small = SmallRun(try LinearModel())
      small.options.batch_size = 1
      for (name, field) in [("lr", \sllc_sampler_options.lr), ("localization", \.localization)] {
        var sampler = small.sampler
        sampler[keyPath: field] = 1e300
        expectRefused(naming: "\(name) is 1e+300") {
          sllc_run_start(model, dataset, sample, &sampler, &small.options, &small.trace, &run)
        }
      }
      small.options.nbeta = 1e-60
      expectRefused(naming: "nbeta is 1e-60; it must be positive and finite in float32") {
        sllc_run_start(model, dataset, sample, &small.sampler, &small.options, &small.trace, &run)
      }
      #expect(run == nil && small.isUntouched)
    }
    sllc_dataset_free(dataset)
    sllc_model_free(model)
    sllc_graph_free(graph)
  }

  @Test func `of training`() throws {
    let linear = try LinearModel()
    var run: OpaquePointer?
    func refused(_ name: String, _ change: (inout sllc_training_options) -> Void) {
      var options = sllc_training_options()
      sllc_training_options_init(&options, Int64(MemoryLayout<sllc_training_options>.size))
      options.lr = 0.1
      change(&options)
      expectRefused(naming: name) {
        sllc_training_start(linear.model, linear.dataset, &options, linear.center, nil, &run)
      }
    }
    for x in NumberTests.notFinite + [-1] {
      refused("lr") { $0.lr = x }
      refused("weight_decay is \(x)") { $0.weight_decay = x }
      refused("momentum is \(x)") { $0.momentum = x }
      refused("beta1 is \(x)") { ($0.optimizer, $0.beta1) = (Int32(SLLC_ADAM), x) }
      refused("beta2 is \(x)") { ($0.optimizer, $0.beta2) = (Int32(SLLC_ADAM), x) }
      refused("epsilon is \(x)") { ($0.optimizer, $0.epsilon) = (Int32(SLLC_ADAM), x) }
    }
    refused("lr is 0") { $0.lr = 0 }
    refused("momentum is 1") { $0.momentum = 1 }
    refused("optimizer is 2") { $0.optimizer = 2 }
    for n in NumberTests.extremes {
      refused("num_steps is \(n)") { $0.num_steps = n }
      refused("batch_size is \(n)") { $0.batch_size = n }
    }
    #expect(run == nil)
    #expect((0..<4).map { linear.center[$0] } == LinearModel.weights)
  }

  @Test func `of the estimate`() {
    let losses: [Double] = [1, 2, 3, 4]
    var burnin: Int64 = -9
    var estimate = sllc_estimate()
    estimate.struct_size = Int64(MemoryLayout<sllc_estimate>.size)
    for n in NumberTests.extremes + [0] {
      expectRefused(naming: "\(n) chains") {
        sllc_estimate_compute(losses, nil, 0, n, 1, 1, nil, &estimate)
      }
      expectRefused(naming: "\(n) draws") { sllc_estimate_compute(losses, nil, 0, 1, n, 1, nil, &estimate) }
      expectRefused(naming: "\(n) chains") { sllc_burnin_choose(losses, nil, n, 1, &burnin) }
      expectRefused(naming: "\(n) draws") { sllc_burnin_choose(losses, nil, 1, n, &burnin) }
    }
    for nbeta in NumberTests.notFinite + [0, -1] {
      expectRefused(naming: "nbeta is \(nbeta)") {
        sllc_estimate_compute(losses, nil, 0, 1, 4, nbeta, nil, &estimate)
      }
    }
    #expect(estimate.llc == 0)
    #expect(burnin == -9)
  }

  @Test func `of the theory`() {
    let none = sllc_learning_coefficient(numerator: 7, denominator: 7, multiplicity: 7)
    var result = none
    for n in NumberTests.extremes {
      expectRefused(naming: "widths is \(n)") { sllc_theory_deep_linear([2, 2], n, 0, &result) }
      expectRefused(naming: "widths[1] is \(n)") { sllc_theory_deep_linear([2, n], 2, 0, &result) }
      expectRefused(naming: "rank is \(n)") { sllc_theory_deep_linear([2, 2], 2, n, &result) }
      expectRefused(naming: "rank_above[0] is \(n)") {
        sllc_theory_deep_linear_local_bound([2, 2], 2, 0, [n], [2], &result)
      }
      expectRefused(naming: "rank_below[0] is \(n)") {
        sllc_theory_deep_linear_local_bound([2, 2], 2, 0, [2], [n], &result)
      }
      expectRefused(naming: "widths is \(n)") {
        sllc_theory_deep_linear_local_bound([2, 2], n, 0, [2], [2], &result)
      }
      expectRefused(naming: "inputs is \(n)") { sllc_theory_reduced_rank(n, 2, 2, 0, &result) }
      expectRefused(naming: "hidden is \(n)") { sllc_theory_reduced_rank(2, n, 2, 0, &result) }
      expectRefused(naming: "outputs is \(n)") { sllc_theory_reduced_rank(2, 2, n, 0, &result) }
      expectRefused(naming: "rank is \(n)") { sllc_theory_reduced_rank(2, 2, 2, n, &result) }
      expectRefused(naming: "powers is \(n)") { sllc_theory_monomial([1], nil, n, &result) }
      expectRefused(naming: "terms is \(n)") { sllc_theory_sum([none], n, &result) }
      expectRefused(naming: "factors is \(n)") { sllc_theory_product([none], n, &result) }
      guard n != .max else { continue }
      expectRefused(naming: "prior_powers[0] is \(n)") { sllc_theory_monomial([1], [n], 1, &result) }
      expectRefused(naming: "powers[0] is \(n)") { sllc_theory_monomial([n], nil, 1, &result) }
      let many = sllc_learning_coefficient(numerator: 1, denominator: 2, multiplicity: n)
      expectRefused(naming: "multiplicity is \(n)") { sllc_theory_sum([many], 1, &result) }
      let negative = sllc_learning_coefficient(numerator: n, denominator: 1, multiplicity: 1)
      expectRefused(naming: "\(n)") { sllc_theory_product([negative], 1, &result) }
    }
    expectRefused(naming: "2 ... ") { sllc_theory_deep_linear([2], 1, 0, &result) }
    #expect((result.numerator, result.denominator, result.multiplicity) == (7, 7, 7))
  }
}
