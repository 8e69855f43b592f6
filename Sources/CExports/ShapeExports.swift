import CSwiftLLC
import TensorCore

@_cdecl("sllc_graph_add_reshape")
public func sllc_graph_add_reshape(
  _ graph: OpaquePointer?, _ input: Int64, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addReshape(input: Int(input), shape: try Shape(try integers(shape, count: rank, "shape")))
  }
}

@_cdecl("sllc_graph_add_permute")
public func sllc_graph_add_permute(
  _ graph: OpaquePointer?, _ input: Int64, _ axes: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addPermute(input: Int(input), axes: try integers(axes, count: rank, "axes"))
  }
}

@_cdecl("sllc_graph_add_slice")
public func sllc_graph_add_slice(
  _ graph: OpaquePointer?, _ input: Int64, _ axis: Int64, _ start: Int64, _ step: Int64, _ count: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addSlice(
      input: Int(input), axis: Int(axis), start: Int(start), step: Int(step), count: Int(count))
  }
}

@_cdecl("sllc_graph_add_expand")
public func sllc_graph_add_expand(
  _ graph: OpaquePointer?, _ input: Int64, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addExpand(input: Int(input), shape: try Shape(try integers(shape, count: rank, "shape")))
  }
}

@_cdecl("sllc_graph_add_concatenation")
public func sllc_graph_add_concatenation(
  _ graph: OpaquePointer?, _ inputs: UnsafePointer<Int64>?, _ count: Int64, _ axis: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addConcatenation(try integers(inputs, count: count, "inputs"), axis: Int(axis))
  }
}

@_cdecl("sllc_graph_add_sum")
public func sllc_graph_add_sum(
  _ graph: OpaquePointer?, _ input: Int64, _ axes: UnsafePointer<Int64>?, _ axisCount: Int64, _ scale: Double,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requireFinite(scale, "scale", in: precision)
    return try graph.addSum(
      input: Int(input), axes: try integers(axes, count: axisCount, "axes"), scale: scale)
  }
}

@_cdecl("sllc_graph_add_maximum")
public func sllc_graph_add_maximum(
  _ graph: OpaquePointer?, _ input: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addMaximum(input: Int(input))
  }
}

@_cdecl("sllc_graph_add_softmax")
public func sllc_graph_add_softmax(
  _ graph: OpaquePointer?, _ input: Int64, _ logarithm: Int32, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addSoftmax(input: Int(input), logarithm: logarithm != 0)
  }
}
