import CSwiftLLC
import Testing

/// An array that C borrows.
func array<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
  let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
  pointer.initialize(from: values, count: values.count)
  return pointer
}

/// The linear model 4 → 1 in double precision on columns 2 to 5 of the 8×8 Hadamard matrix, so that its loss is
/// |w − w*|²; made, used and freed through the C functions alone.
final class LinearModel: @unchecked Sendable {
  static let weights: [Double] = [1, -2, 0.5, 3]

  private(set) var graph: OpaquePointer?
  private(set) var model: OpaquePointer?
  private(set) var dataset: OpaquePointer?
  let (x, y, weight, prediction, loss): (Int64, Int64, Int64, Int64, Int64)

  let samples: Int64 = 8
  let center = array(LinearModel.weights)
  private let design: UnsafeMutablePointer<Double>
  private let targets: UnsafeMutablePointer<Double>
  /// The argument `arrays` of `sllc_dataset_create`.
  let arrays: UnsafeMutablePointer<UnsafeRawPointer?>

  init() throws {
    let rows = (0..<8).map { row in (1...4).map { (row & $0).nonzeroBitCount % 2 == 0 ? 1.0 : -1.0 } }
    design = array(rows.flatMap(\.self))
    targets = array(rows.map { zip($0, LinearModel.weights).map(*).reduce(0, +) })
    arrays = array([UnsafeRawPointer(design), UnsafeRawPointer(targets)])

    var graph: OpaquePointer?
    var nodes = [Int64](repeating: -1, count: 5)
    var statuses = [sllc_graph_create(Int32(SLLC_FLOAT64), &graph)]
    statuses.append(sllc_graph_add_input(graph, Int32(SLLC_ELEMENT_FLOAT), [4], 1, &nodes[0]))
    statuses.append(sllc_graph_add_input(graph, Int32(SLLC_ELEMENT_FLOAT), [1], 1, &nodes[1]))
    statuses.append(sllc_graph_add_parameter(graph, "weight", [1, 4], 2, &nodes[2]))
    statuses.append(sllc_graph_add_linear(graph, nodes[0], nodes[2], Int64(SLLC_NO_NODE), &nodes[3]))
    statuses.append(sllc_graph_add_mean_squared_error(graph, nodes[3], nodes[1], &nodes[4]))
    self.graph = graph
    (x, y, weight, prediction, loss) = (nodes[0], nodes[1], nodes[2], nodes[3], nodes[4])
    statuses.append(sllc_model_compile(graph, loss, prediction, &model))
    statuses.append(sllc_dataset_create(model, samples, arrays, nil, 2, &dataset))
    try #require(statuses.allSatisfy { $0 == SLLC_OK })
  }

  /// What a caller may do while a run goes on.
  func freeHandles() {
    sllc_dataset_free(dataset)
    sllc_model_free(model)
    sllc_graph_free(graph)
    (dataset, model, graph) = (nil, nil, nil)
  }

  deinit {
    freeHandles()
    design.deallocate()
    targets.deallocate()
    center.deallocate()
    arrays.deallocate()
  }
}
