import CSwiftLLC
import Testing

/// The argument `elements` of `sllc_dataset_create`.
@Suite struct ElementTests {
  @Test func `integers are read as the numbers that they are`() throws {
    let linear = try LinearModel()
    var expected = -1.0
    try #require(sllc_model_losses(linear.model, linear.dataset, linear.center, nil, &expected) == SLLC_OK)
    let doubles = linear.arrays[0]?.assumingMemoryBound(to: Double.self)
    let design = array((0..<32).map { Int8(doubles?[$0] ?? 0) })
    defer { design.deallocate() }
    var dataset: OpaquePointer?
    try #require(
      sllc_dataset_create(
        linear.model, 8, [UnsafeRawPointer(design), linear.arrays[1]],
        [Int32(SLLC_DATA_INT8), Int32(SLLC_DATA_FLOAT64)], 2, &dataset) == SLLC_OK)
    var mean = -2.0
    try #require(sllc_model_losses(linear.model, dataset, linear.center, nil, &mean) == SLLC_OK)
    #expect(mean == expected)
    sllc_dataset_free(dataset)
  }

  @Test(arguments: [Int32.min, -1, 11, 255, 256 + 11, 512, .max])
  func `codes that do not exist are refused, unless the array is missing`(code: Int32) throws {
    let linear = try LinearModel()
    var dataset: OpaquePointer?
    expectRefused(naming: "elements[1] is \(code)") {
      sllc_dataset_create(linear.model, 8, linear.arrays, [1, code], 2, &dataset)
    }
    #expect(dataset == nil)
    #expect(
      sllc_dataset_create(linear.model, 8, [linear.arrays[0], nil], [1, code], 2, &dataset) == SLLC_OK)
    sllc_dataset_free(dataset)
  }

  @Test func `the codes are those of the header`() throws {
    let codes = [
      (SLLC_DATA_FLOAT16, "float16"), (SLLC_DATA_FLOAT32, "float32"), (SLLC_DATA_FLOAT64, "float64"),
    ]
    var (graph, model, made): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    var nodes = [Int64](repeating: 0, count: 4)
    _ = sllc_graph_create(Int32(SLLC_FLOAT32), &graph)
    _ = sllc_graph_add_input(graph, Int32(SLLC_ELEMENT_INT64), nil, 0, &nodes[0])
    _ = sllc_graph_add_parameter(graph, "table", [3, 1], 2, &nodes[1])
    _ = sllc_graph_add_embedding(graph, nodes[0], nodes[1], &nodes[2])
    _ = sllc_graph_add_loss(graph, nodes[2], &nodes[3])
    try #require(sllc_model_compile(graph, nodes[3], -1, &model) == SLLC_OK)
    let bytes = array([UInt64.max])
    defer { bytes.deallocate() }
    for (code, name) in codes {
      expectRefused(naming: "elements[0] is \(name); input 0 of the model takes integers") {
        sllc_dataset_create(model, 1, [UnsafeRawPointer(bytes)], [Int32(code)], 1, &made)
      }
    }
    let signed = [SLLC_DATA_INT8, SLLC_DATA_INT16, SLLC_DATA_INT32, SLLC_DATA_INT64].map { Int32($0) }
    let unsigned = [
      (Int32(SLLC_DATA_UINT8), UInt64(UInt8.max)), (Int32(SLLC_DATA_UINT16), UInt64(UInt16.max)),
      (Int32(SLLC_DATA_UINT32), UInt64(UInt32.max)), (Int32(SLLC_DATA_UINT64), UInt64(Int64.max)),
    ]
    for (code, seen) in signed.map({ ($0, "-1") }) + unsigned.map({ ($0.0, "\($0.1)") }) {
      expectRefused(naming: "the index of sample 0 is \(seen);") {
        sllc_dataset_create(model, 1, [UnsafeRawPointer(bytes)], [code], 1, &made)
      }
      #expect(made == nil)
      // Not looked at: the loss is NaN then.
      try #require(
        sllc_dataset_create(
          model, 1, [UnsafeRawPointer(bytes)], [code | Int32(SLLC_DATA_UNCHECKED)], 1, &made) == SLLC_OK)
      var mean = 0.0
      #expect(sllc_model_losses(model, made, [Float(1), 2, 3], nil, &mean) == SLLC_OK)
      #expect(mean.isNaN)
      sllc_dataset_free(made)
      made = nil
    }
    sllc_model_free(model)
    sllc_graph_free(graph)
  }
}
