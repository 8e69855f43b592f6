import CSwiftLLC
import TensorCore

@_cdecl("sllc_graph_create")
public func sllc_graph_create(_ precision: Int32, _ graph: UnsafeMutablePointer<OpaquePointer?>?)
  -> sllc_status
{
  status {
    let graph = try require(graph, "graph")
    graph.pointee = GraphHandle(try scalarPrecision(precision)).retained()
  }
}

@_cdecl("sllc_graph_free")
public func sllc_graph_free(_ graph: OpaquePointer?) { GraphHandle.release(graph) }

@_cdecl("sllc_graph_add_input")
public func sllc_graph_add_input(
  _ graph: OpaquePointer?, _ element: Int32, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try require(
      element == SLLC_ELEMENT_FLOAT || element == SLLC_ELEMENT_INT64,
      "element is \(element); it must be SLLC_ELEMENT_FLOAT (0) or SLLC_ELEMENT_INT64 (1)")
    return graph.addInput(
      role: element == SLLC_ELEMENT_INT64 ? .label : .sample,
      shape: try Shape(try integers(shape, count: rank, "shape")))
  }
}

@_cdecl("sllc_graph_add_parameter")
public func sllc_graph_add_parameter(
  _ graph: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    let name = String(cString: try require(name, "name"))
    return try graph.addParameter(name: name, shape: try Shape(try integers(shape, count: rank, "shape")))
  }
}

@_cdecl("sllc_graph_add_constant")
public func sllc_graph_add_constant(
  _ graph: OpaquePointer?, _ values: UnsafePointer<Double>?, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    let values = try require(values, "values")
    let shape = try Shape(try integers(shape, count: rank, "shape"))
    for i in 0..<shape.count { try requireFinite(values[i], "values[\(i)]", in: precision) }
    return try graph.addConstant(
      Array(UnsafeBufferPointer(start: values, count: shape.count)), shape: shape)
  }
}

@_cdecl("sllc_graph_node_shape")
public func sllc_graph_node_shape(
  _ graph: OpaquePointer?, _ node: Int64, _ kind: UnsafeMutablePointer<Int32>?,
  _ shape: UnsafeMutablePointer<Int64>?, _ capacity: Int64, _ rank: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  status {
    let nodes = try GraphHandle.from(graph, "graph").graph.nodes
    let (kind, rank) = (try require(kind, "kind"), try require(rank, "rank"))
    try require(
      node >= 0 && node < nodes.count, "node is \(node), but the graph has nodes 0 ..< \(nodes.count)")
    let dimensions = nodes[Int(node)].shape.dimensions
    if capacity > 0 {
      let shape = try require(shape, "shape")
      for (i, extent) in dimensions.prefix(Int(capacity)).enumerated() { shape[i] = Int64(extent) }
    }
    rank.pointee = Int64(dimensions.count)
    kind.pointee = nodes[Int(node)].role.constant
  }
}

extension Role {
  fileprivate var constant: Int32 {
    switch self {
    case .sample: Int32(SLLC_NODE_SAMPLE)
    case .label: Int32(SLLC_NODE_INTEGER)
    case .shared: Int32(SLLC_NODE_SHARED)
    case .loss: Int32(SLLC_NODE_LOSS)
    }
  }
}

/// Adds a node, and gives the caller its number.
func adding(
  to graph: OpaquePointer?, _ node: UnsafeMutablePointer<Int64>?, _ add: (inout Graph) throws -> Int
) -> sllc_status {
  adding(to: graph, node) { graph, _ in try add(&graph) }
}

/// The same, for what depends on the graph's precision.
func adding(
  to graph: OpaquePointer?, _ node: UnsafeMutablePointer<Int64>?,
  _ add: (inout Graph, Precision) throws -> Int
) -> sllc_status {
  status {
    let handle = try GraphHandle.from(graph, "graph")
    let node = try require(node, "node")
    node.pointee = Int64(try add(&handle.graph, handle.precision))
  }
}
