import CSwiftLLC
import Testing

/// Each pointer of each function as NULL in turn: where it is needed the call is refused by its name, and nothing
/// is written.
@Suite struct NullTests {
  @Test func `graphs and models`() throws {
    let linear = try LinearModel()
    let (graph, model, w) = (linear.graph, linear.model, linear.weight)
    var node: Int64 = -9
    var other: Int64 = -9
    var kind: Int32 = -9
    var made: OpaquePointer?
    let calls: [(String, () -> sllc_status)] = [
      ("graph", { sllc_graph_create(0, nil) }),
      ("graph", { sllc_graph_add_input(nil, 0, [4], 1, &node) }),
      ("shape", { sllc_graph_add_input(graph, 0, nil, 1, &node) }),
      ("node", { sllc_graph_add_input(graph, 0, [4], 1, nil) }),
      ("graph", { sllc_graph_add_parameter(nil, "v", [4], 1, &node) }),
      ("name", { sllc_graph_add_parameter(graph, nil, [4], 1, &node) }),
      ("shape", { sllc_graph_add_parameter(graph, "v", nil, 1, &node) }),
      ("node", { sllc_graph_add_parameter(graph, "v", [4], 1, nil) }),
      ("graph", { sllc_graph_add_linear(nil, 0, w, -1, &node) }),
      ("node", { sllc_graph_add_linear(graph, 0, w, -1, nil) }),
      ("graph", { sllc_graph_add_constant(nil, [1, 2], [2], 1, &node) }),
      ("node", { sllc_graph_add_constant(graph, [1, 2], [2], 1, nil) }),
      ("values", { sllc_graph_add_constant(graph, nil, [2], 1, &node) }),
      ("shape", { sllc_graph_add_constant(graph, [1, 2], nil, 1, &node) }),
      ("graph", { sllc_graph_add_activation(nil, 0, 0, 0, &node) }),
      ("node", { sllc_graph_add_activation(graph, 0, 0, 0, nil) }),
      ("graph", { sllc_graph_add_arithmetic(nil, 0, 0, 0, &node) }),
      ("node", { sllc_graph_add_arithmetic(graph, 0, 0, 0, nil) }),
      ("graph", { sllc_graph_add_reshape(nil, 0, [2, 2], 2, &node) }),
      ("node", { sllc_graph_add_reshape(graph, 0, [2, 2], 2, nil) }),
      ("shape", { sllc_graph_add_reshape(graph, 0, nil, 2, &node) }),
      ("graph", { sllc_graph_add_permute(nil, 0, [0], 1, &node) }),
      ("node", { sllc_graph_add_permute(graph, 0, [0], 1, nil) }),
      ("axes", { sllc_graph_add_permute(graph, 0, nil, 1, &node) }),
      ("graph", { sllc_graph_add_slice(nil, 0, 0, 0, 1, 2, &node) }),
      ("node", { sllc_graph_add_slice(graph, 0, 0, 0, 1, 2, nil) }),
      ("graph", { sllc_graph_add_expand(nil, 0, [3, 4], 2, &node) }),
      ("node", { sllc_graph_add_expand(graph, 0, [3, 4], 2, nil) }),
      ("shape", { sllc_graph_add_expand(graph, 0, nil, 2, &node) }),
      ("graph", { sllc_graph_add_concatenation(nil, [0, 0], 2, 0, &node) }),
      ("node", { sllc_graph_add_concatenation(graph, [0, 0], 2, 0, nil) }),
      ("inputs", { sllc_graph_add_concatenation(graph, nil, 2, 0, &node) }),
      ("graph", { sllc_graph_add_sum(nil, 0, [0], 1, 1, &node) }),
      ("node", { sllc_graph_add_sum(graph, 0, [0], 1, 1, nil) }),
      ("axes", { sllc_graph_add_sum(graph, 0, nil, 1, 1, &node) }),
      ("graph", { sllc_graph_add_maximum(nil, 0, &node) }),
      ("node", { sllc_graph_add_maximum(graph, 0, nil) }),
      ("graph", { sllc_graph_add_softmax(nil, 0, 0, &node) }),
      ("node", { sllc_graph_add_softmax(graph, 0, 0, nil) }),
      ("graph", { sllc_graph_add_matrix_product(nil, w, 0, w, 1, &node) }),
      ("node", { sllc_graph_add_matrix_product(graph, w, 0, w, 1, nil) }),
      ("graph", { sllc_graph_add_convolution(nil, w, w, -1, [1, 1], [0, 0], [1, 1], 1, &node) }),
      ("stride", { sllc_graph_add_convolution(graph, w, w, -1, nil, [0, 0], [1, 1], 1, &node) }),
      ("padding", { sllc_graph_add_convolution(graph, w, w, -1, [1, 1], nil, [1, 1], 1, &node) }),
      ("dilation", { sllc_graph_add_convolution(graph, w, w, -1, [1, 1], [0, 0], nil, 1, &node) }),
      ("node", { sllc_graph_add_convolution(graph, w, w, -1, [1, 1], [0, 0], [1, 1], 1, nil) }),
      ("graph", { sllc_graph_add_attention(nil, w, w, w, -1, 0, 1, &node) }),
      ("node", { sllc_graph_add_attention(graph, w, w, w, -1, 0, 1, nil) }),
      ("graph", { sllc_graph_add_max_pool(nil, w, [1, 1], [1, 1], [0, 0], [1, 1], &node) }),
      ("kernel", { sllc_graph_add_max_pool(graph, w, nil, [1, 1], [0, 0], [1, 1], &node) }),
      ("stride", { sllc_graph_add_max_pool(graph, w, [1, 1], nil, [0, 0], [1, 1], &node) }),
      ("padding", { sllc_graph_add_max_pool(graph, w, [1, 1], [1, 1], nil, [1, 1], &node) }),
      ("dilation", { sllc_graph_add_max_pool(graph, w, [1, 1], [1, 1], [0, 0], nil, &node) }),
      ("node", { sllc_graph_add_max_pool(graph, w, [1, 1], [1, 1], [0, 0], [1, 1], nil) }),
      ("graph", { sllc_graph_add_average_pool(nil, w, [1, 1], [1, 1], [0, 0], 1, &node) }),
      ("kernel", { sllc_graph_add_average_pool(graph, w, nil, [1, 1], [0, 0], 1, &node) }),
      ("stride", { sllc_graph_add_average_pool(graph, w, [1, 1], nil, [0, 0], 1, &node) }),
      ("padding", { sllc_graph_add_average_pool(graph, w, [1, 1], [1, 1], nil, 1, &node) }),
      ("node", { sllc_graph_add_average_pool(graph, w, [1, 1], [1, 1], [0, 0], 1, nil) }),
      ("graph", { sllc_graph_add_normalization(nil, w, -1, -1, 1, 1, 0.1, &node) }),
      ("node", { sllc_graph_add_normalization(graph, w, -1, -1, 1, 1, 0.1, nil) }),
      ("graph", { sllc_graph_add_channel_affine(nil, w, w, w, &node) }),
      ("node", { sllc_graph_add_channel_affine(graph, w, w, w, nil) }),
      ("graph", { sllc_graph_add_pick(nil, 0, 1, .min, &node) }),
      ("node", { sllc_graph_add_pick(graph, 0, 1, .min, nil) }),
      ("graph", { sllc_graph_add_rotary(nil, 0, 0, 0, 0, &node) }),
      ("node", { sllc_graph_add_rotary(graph, 0, 0, 0, 0, nil) }),
      ("graph", { sllc_graph_add_embedding(nil, 0, w, &node) }),
      ("node", { sllc_graph_add_embedding(graph, 0, w, nil) }),
      ("graph", { sllc_graph_add_mean_squared_error(nil, linear.prediction, linear.y, &node) }),
      ("node", { sllc_graph_add_mean_squared_error(graph, linear.prediction, linear.y, nil) }),
      ("graph", { sllc_graph_add_squared_error(nil, linear.prediction, linear.y, 1, 0, &node) }),
      ("node", { sllc_graph_add_squared_error(graph, linear.prediction, linear.y, 1, 0, nil) }),
      ("graph", { sllc_graph_add_binary_cross_entropy(nil, linear.prediction, linear.y, &node) }),
      ("node", { sllc_graph_add_binary_cross_entropy(graph, linear.prediction, linear.y, nil) }),
      ("graph", { sllc_graph_add_cross_entropy(nil, 0, 1, .min, 0, &node) }),
      ("node", { sllc_graph_add_cross_entropy(graph, 0, 1, .min, 0, nil) }),
      ("graph", { sllc_graph_add_loss(nil, linear.prediction, &node) }),
      ("node", { sllc_graph_add_loss(graph, linear.prediction, nil) }),
      ("graph", { sllc_graph_node_shape(nil, 0, &kind, &other, 1, &node) }),
      ("kind", { sllc_graph_node_shape(graph, 0, nil, &other, 1, &node) }),
      ("shape", { sllc_graph_node_shape(graph, 0, &kind, nil, 1, &node) }),
      ("rank", { sllc_graph_node_shape(graph, 0, &kind, &other, 1, nil) }),
      ("graph", { sllc_model_compile(nil, linear.loss, -1, &made) }),
      ("model", { sllc_model_compile(graph, linear.loss, -1, nil) }),
      ("model", { sllc_model_parameter_count(nil, &node) }),
      ("count", { sllc_model_parameter_count(model, nil) }),
      ("model", { sllc_model_parameter_slice(nil, w, &node, &other) }),
      ("offset", { sllc_model_parameter_slice(model, w, nil, &node) }),
      ("count", { sllc_model_parameter_slice(model, w, &node, nil) }),
    ]
    for (name, call) in calls { expectRefused(naming: "\(name) is NULL", call) }
    #expect((node, other, kind) == (-9, -9, -9))
    #expect(made == nil)
    // Nothing was added: the next node is the one after the loss.
    #expect(sllc_graph_add_input(graph, 0, nil, 0, &node) == SLLC_OK)
    #expect(node == linear.loss + 1)
  }

  @Test func `data sets and evaluation`() throws {
    let linear = try LinearModel()
    let (model, dataset, w) = (linear.model, linear.dataset, linear.center)
    var values = [Double](repeating: -9, count: 8)
    var mean = -9.0
    var index: Int64 = -9
    var made: OpaquePointer?
    let calls: [(String, () -> sllc_status)] = [
      ("model", { sllc_dataset_create(nil, 8, linear.arrays, nil, 2, &made) }),
      ("arrays", { sllc_dataset_create(model, 8, nil, nil, 2, &made) }),
      ("dataset", { sllc_dataset_create(model, 8, linear.arrays, nil, 2, nil) }),
      ("array", { sllc_array_first_nonfinite(nil, 1, 8, &index) }),
      ("index", { sllc_array_first_nonfinite(w, 1, 4, nil) }),
      ("model", { sllc_model_losses(nil, dataset, w, &values, &mean) }),
      ("dataset", { sllc_model_losses(model, nil, w, &values, nil) }),
      ("parameters", { sllc_model_losses(model, dataset, nil, &values, nil) }),
      ("model", { sllc_model_gradient(nil, dataset, w, &values, nil) }),
      ("dataset", { sllc_model_gradient(model, nil, w, &values, nil) }),
      ("parameters", { sllc_model_gradient(model, dataset, nil, &values, nil) }),
      ("gradient", { sllc_model_gradient(model, dataset, w, nil, &mean) }),
      ("model", { sllc_model_outputs(nil, dataset, w, &values) }),
      ("dataset", { sllc_model_outputs(model, nil, w, &values) }),
      ("parameters", { sllc_model_outputs(model, dataset, nil, &values) }),
      ("outputs", { sllc_model_outputs(model, dataset, w, nil) }),
    ]
    for (name, call) in calls { expectRefused(naming: "\(name) is NULL", call) }
    #expect(values.allSatisfy { $0 == -9 } && mean == -9)
    #expect(index == -9)
    #expect(made == nil)
    // What may be NULL.
    #expect(sllc_array_first_nonfinite(nil, 1, 0, &index) == SLLC_OK)
    #expect(index == -1)
    #expect(sllc_model_losses(model, dataset, w, nil, nil) == SLLC_OK)
    #expect(sllc_model_gradient(model, dataset, w, &values, nil) == SLLC_OK)
  }

  @Test func `runs`() throws {
    let linear = try LinearModel()
    let small = SmallRun(linear)
    let (model, dataset, w) = (linear.model, linear.dataset, linear.center)
    var (sampler, options, trace) = (small.sampler, small.options, small.trace)
    var training = sllc_training_options()
    sllc_training_options_init(&training, Int64(MemoryLayout<sllc_training_options>.size))
    training.lr = 0.1
    var progress = sllc_progress()
    progress.struct_size = Int64(MemoryLayout<sllc_progress>.size)
    var run: OpaquePointer?
    let calls: [(String, () -> sllc_status)] = [
      ("model", { sllc_run_start(nil, dataset, w, &sampler, &options, &trace, &run) }),
      ("dataset", { sllc_run_start(model, nil, w, &sampler, &options, &trace, &run) }),
      ("parameters", { sllc_run_start(model, dataset, nil, &sampler, &options, &trace, &run) }),
      ("sampler", { sllc_run_start(model, dataset, w, nil, &options, &trace, &run) }),
      ("options", { sllc_run_start(model, dataset, w, &sampler, nil, &trace, &run) }),
      ("trace", { sllc_run_start(model, dataset, w, &sampler, &options, nil, &run) }),
      ("run", { sllc_run_start(model, dataset, w, &sampler, &options, &trace, nil) }),
      ("run", { sllc_run_wait(nil, 0, &progress) }),
      ("run", { sllc_run_cancel(nil) }),
      ("model", { sllc_training_start(nil, dataset, &training, w, nil, &run) }),
      ("dataset", { sllc_training_start(model, nil, &training, w, nil, &run) }),
      ("options", { sllc_training_start(model, dataset, nil, w, nil, &run) }),
      ("parameters", { sllc_training_start(model, dataset, &training, nil, nil, &run) }),
      ("run", { sllc_training_start(model, dataset, &training, w, nil, nil) }),
    ]
    for (name, call) in calls { expectRefused(naming: "\(name) is NULL", call) }
    for field in [\sllc_trace.losses, \.baselines] {
      small.trace = trace
      small.trace[keyPath: field] = nil
      expectRefused(naming: field == \.losses ? "trace.losses is NULL" : "trace.baselines is NULL") {
        small.start()
      }
    }
    #expect(run == nil)
    #expect(small.isUntouched)
    #expect((0..<4).map { w[$0] } == LinearModel.weights)
    // What may be NULL.
    small.trace = sllc_trace(
      struct_size: trace.struct_size, chains: trace.chains, draws: trace.draws, losses: trace.losses,
      baselines: trace.baselines, draws_done: nil, diverged_steps: nil, distances: nil, acceptance: nil,
      drift_norms: nil, noise_norms: nil, temperatures: nil, gradient_noise: nil, stiffness: nil)
    #expect(small.start() == SLLC_OK)
    expectRefused(naming: "progress is NULL") { sllc_run_wait(small.run, 0, nil) }
    #expect(try small.finish().state == SLLC_FINISHED)
  }

  @Test func `estimate and theory`() {
    let losses: [Double] = [1, 2, 3, 4]
    var estimate = sllc_estimate()
    estimate.struct_size = Int64(MemoryLayout<sllc_estimate>.size)
    let one = sllc_learning_coefficient(numerator: 1, denominator: 2, multiplicity: 1)
    let ranks: [Int64] = [2]
    var result = one
    var burnin: Int64 = -9
    let calls: [(String, () -> sllc_status)] = [
      ("losses", { sllc_estimate_compute(nil, losses, 0, 1, 4, 1, nil, &estimate) }),
      ("estimate", { sllc_estimate_compute(losses, losses, 0, 1, 4, 1, nil, nil) }),
      ("losses", { sllc_burnin_choose(nil, losses, 1, 4, &burnin) }),
      ("burnin", { sllc_burnin_choose(losses, losses, 1, 4, nil) }),
      ("widths", { sllc_theory_deep_linear(nil, 2, 0, &result) }),
      ("coefficient", { sllc_theory_deep_linear([2, 2], 2, 0, nil) }),
      ("widths", { sllc_theory_deep_linear_local_bound(nil, 2, 0, ranks, ranks, &result) }),
      ("rank_above", { sllc_theory_deep_linear_local_bound([2, 2], 2, 0, nil, ranks, &result) }),
      ("rank_below", { sllc_theory_deep_linear_local_bound([2, 2], 2, 0, ranks, nil, &result) }),
      ("coefficient", { sllc_theory_deep_linear_local_bound([2, 2], 2, 0, ranks, ranks, nil) }),
      ("coefficient", { sllc_theory_reduced_rank(2, 2, 2, 0, nil) }),
      ("powers", { sllc_theory_monomial(nil, nil, 1, &result) }),
      ("coefficient", { sllc_theory_monomial([1], nil, 1, nil) }),
      ("terms", { sllc_theory_sum(nil, 1, &result) }),
      ("coefficient", { sllc_theory_sum([one], 1, nil) }),
      ("factors", { sllc_theory_product(nil, 1, &result) }),
      ("coefficient", { sllc_theory_product([one], 1, nil) }),
    ]
    for (name, call) in calls { expectRefused(naming: "\(name) is NULL", call) }
    #expect((result.numerator, result.denominator, result.multiplicity) == (1, 2, 1))
    #expect(estimate.llc == 0)
    #expect(burnin == -9)
    // What may be NULL.
    #expect(sllc_estimate_compute(losses, nil, 0, 1, 4, 1, nil, &estimate) == SLLC_OK)
    #expect(estimate.llc == 2.5)
    #expect(sllc_burnin_choose(losses, nil, 1, 4, &burnin) == SLLC_OK)
    #expect(burnin == 0)
  }
}
