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

@_cdecl("sllc_graph_add_linear")
public func sllc_graph_add_linear(
  _ graph: OpaquePointer?, _ input: Int64, _ weight: Int64, _ bias: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addLinear(
      input: Int(input), weight: Int(weight), bias: bias == SLLC_NO_NODE ? nil : Int(bias))
  }
}

@_cdecl("sllc_graph_add_activation")
public func sllc_graph_add_activation(
  _ graph: OpaquePointer?, _ activation: Int32, _ input: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addActivation(try activationFunction(activation), input: Int(input))
  }
}

@_cdecl("sllc_graph_add_leaky_relu")
public func sllc_graph_add_leaky_relu(
  _ graph: OpaquePointer?, _ input: Int64, _ negativeSlope: Double, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requireFinite(negativeSlope, "negative_slope", in: precision)
    return try graph.addActivation(.leakyReLU(negativeSlope: negativeSlope), input: Int(input))
  }
}

@_cdecl("sllc_graph_add_elu")
public func sllc_graph_add_elu(
  _ graph: OpaquePointer?, _ input: Int64, _ alpha: Double, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requireFinite(alpha, "alpha", in: precision)
    return try graph.addActivation(.elu(alpha: alpha), input: Int(input))
  }
}

@_cdecl("sllc_graph_add_mean_squared_error")
public func sllc_graph_add_mean_squared_error(
  _ graph: OpaquePointer?, _ prediction: Int64, _ target: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { try $0.addMeanSquaredError(prediction: Int(prediction), target: Int(target)) }
}

@_cdecl("sllc_graph_add_cross_entropy")
public func sllc_graph_add_cross_entropy(
  _ graph: OpaquePointer?, _ logits: Int64, _ label: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { try $0.addCrossEntropy(logits: Int(logits), label: Int(label)) }
}

/// The function without a parameter that a C constant names.
private func activationFunction(_ constant: Int32) throws(InvalidArgument) -> Activation {
  switch Int(constant) {
  case SLLC_RELU: .relu
  case SLLC_TANH: .tanh
  case SLLC_GELU: .gelu
  case SLLC_GELU_TANH: .geluTanh
  case SLLC_SILU: .silu
  case SLLC_SIGMOID: .sigmoid
  case SLLC_SOFTPLUS: .softplus
  default:
    throw InvalidArgument(
      "activation is \(constant); it must be a constant from SLLC_RELU (0) to SLLC_SOFTPLUS (6)")
  }
}

/// Adds a node, and gives the caller its number.
private func adding(
  to graph: OpaquePointer?, _ node: UnsafeMutablePointer<Int64>?, _ add: (inout Graph) throws -> Int
) -> sllc_status {
  adding(to: graph, node) { graph, _ in try add(&graph) }
}

/// The same, for what depends on the graph's precision.
private func adding(
  to graph: OpaquePointer?, _ node: UnsafeMutablePointer<Int64>?,
  _ add: (inout Graph, Precision) throws -> Int
) -> sllc_status {
  status {
    let handle = try GraphHandle.from(graph, "graph")
    let node = try require(node, "node")
    node.pointee = Int64(try add(&handle.graph, handle.precision))
  }
}
