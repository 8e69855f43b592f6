import CSwiftLLC
import Testing

@Suite struct HandleTests {
  @Test func `of another kind are refused by name`() throws {
    let linear = try LinearModel()
    let (graph, model, dataset, w) = (linear.graph, linear.model, linear.dataset, linear.center)
    var node: Int64 = 0
    var made: OpaquePointer?
    var value = 0.0
    var progress = sllc_progress()
    progress.struct_size = Int64(MemoryLayout<sllc_progress>.size)
    let calls: [(String, () -> sllc_status)] = [
      ("graph", { sllc_graph_add_input(model, 0, [4], 1, &node) }),
      ("graph", { sllc_model_compile(dataset, 0, -1, &made) }),
      ("model", { sllc_model_parameter_count(graph, &node) }),
      ("model", { sllc_dataset_create(dataset, 8, linear.arrays, nil, 2, &made) }),
      ("model", { sllc_model_losses(dataset, dataset, w, nil, &value) }),
      ("dataset", { sllc_model_losses(model, model, w, nil, &value) }),
      ("run", { sllc_run_wait(model, 0, &progress) }),
      ("run", { sllc_run_cancel(graph) }),
    ]
    for (name, call) in calls { expectRefused(naming: "\(name) is a handle of another kind", call) }
    #expect(made == nil)
  }

  @Test func `of another kind are not freed`() throws {
    let linear = try LinearModel()
    sllc_run_free(linear.model)
    sllc_graph_free(linear.model)
    sllc_model_free(linear.graph)
    sllc_dataset_free(linear.graph)
    sllc_model_free(linear.dataset)
    let small = SmallRun(linear)
    try small.startEndless()
    sllc_graph_free(small.run)
    #expect(try small.wait(milliseconds: 1).state == SLLC_RUNNING)
    #expect(sllc_model_losses(linear.model, linear.dataset, linear.center, nil, nil) == SLLC_OK)
  }

  @Test func `NULL is freed by doing nothing`() {
    sllc_graph_free(nil)
    sllc_model_free(nil)
    sllc_dataset_free(nil)
    sllc_run_free(nil)
  }

  @Test func `a data set belongs to its model`() throws {
    let (one, other) = (try LinearModel(), try LinearModel())
    expectRefused(naming: "the data set was made for another model") {
      sllc_model_losses(one.model, other.dataset, one.center, nil, nil)
    }
    let small = SmallRun(one)
    expectRefused(naming: "the data set was made for another model") {
      sllc_run_start(
        other.model, one.dataset, one.center, &small.sampler, &small.options, &small.trace, nil)
    }
    #expect(small.isUntouched)
  }

  @Test func `may be freed while a run goes on`() throws {
    let linear = try LinearModel()
    let (alone, orphan) = (SmallRun(linear, draws: 2000), SmallRun(linear, draws: 2000))
    try #require(alone.start() == SLLC_OK)
    try alone.finish()
    try #require(orphan.start() == SLLC_OK)
    linear.freeHandles()
    #expect(try orphan.finish().state == SLLC_FINISHED)
    #expect(orphan.written == alone.written)
  }
}
