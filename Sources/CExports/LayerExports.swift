import CSwiftLLC
import TensorCore

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

@_cdecl("sllc_graph_add_embedding")
public func sllc_graph_add_embedding(
  _ graph: OpaquePointer?, _ indices: Int64, _ table: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addEmbedding(indices: Int(indices), table: Int(table))
  }
}

@_cdecl("sllc_graph_add_matrix_product")
public func sllc_graph_add_matrix_product(
  _ graph: OpaquePointer?, _ a: Int64, _ transposeA: Int32, _ b: Int64, _ transposeB: Int32,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addMatrixProduct(Int(a), transposeA: transposeA != 0, Int(b), transposeB: transposeB != 0)
  }
}

@_cdecl("sllc_graph_add_convolution")
public func sllc_graph_add_convolution(
  _ graph: OpaquePointer?, _ input: Int64, _ weight: Int64, _ bias: Int64, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ groups: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addConvolution(
      input: Int(input), weight: Int(weight), bias: bias == SLLC_NO_NODE ? nil : Int(bias),
      stride: try pair(stride, "stride"), padding: try pair(padding, "padding"),
      dilation: try pair(dilation, "dilation"), groups: Int(groups))
  }
}

@_cdecl("sllc_graph_add_attention")
public func sllc_graph_add_attention(
  _ graph: OpaquePointer?, _ query: Int64, _ key: Int64, _ value: Int64, _ mask: Int64, _ causal: Int32,
  _ scale: Double, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requirePositive(scale, "scale", in: precision)
    return try graph.addAttention(
      query: Int(query), key: Int(key), value: Int(value), mask: mask == SLLC_NO_NODE ? nil : Int(mask),
      causal: causal != 0, scale: scale)
  }
}

@_cdecl("sllc_graph_add_max_pool")
public func sllc_graph_add_max_pool(
  _ graph: OpaquePointer?, _ input: Int64, _ kernel: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addMaxPool(
      input: Int(input), kernel: try pair(kernel, "kernel"), stride: try pair(stride, "stride"),
      padding: try pair(padding, "padding"), dilation: try pair(dilation, "dilation"))
  }
}

@_cdecl("sllc_graph_add_average_pool")
public func sllc_graph_add_average_pool(
  _ graph: OpaquePointer?, _ input: Int64, _ kernel: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ countsPadding: Int32, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addAveragePool(
      input: Int(input), kernel: try pair(kernel, "kernel"), stride: try pair(stride, "stride"),
      padding: try pair(padding, "padding"), countsPadding: countsPadding != 0)
  }
}

@_cdecl("sllc_graph_add_normalization")
public func sllc_graph_add_normalization(
  _ graph: OpaquePointer?, _ input: Int64, _ weight: Int64, _ bias: Int64, _ axisCount: Int64,
  _ centred: Int32, _ epsilon: Double, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requireNonnegative(epsilon, "epsilon", in: precision)
    return try graph.addNormalization(
      input: Int(input), axisCount: Int(axisCount), centred: centred != 0, epsilon: epsilon,
      weight: weight == SLLC_NO_NODE ? nil : Int(weight), bias: bias == SLLC_NO_NODE ? nil : Int(bias))
  }
}

@_cdecl("sllc_graph_add_channel_affine")
public func sllc_graph_add_channel_affine(
  _ graph: OpaquePointer?, _ input: Int64, _ scale: Int64, _ shift: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addChannelAffine(input: Int(input), scale: Int(scale), shift: Int(shift))
  }
}

@_cdecl("sllc_graph_add_rotary")
public func sllc_graph_add_rotary(
  _ graph: OpaquePointer?, _ input: Int64, _ cosines: Int64, _ sines: Int64, _ interleaved: Int32,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addRotary(
      input: Int(input), cosines: Int(cosines), sines: Int(sines), interleaved: interleaved != 0)
  }
}

/// Rows and columns, from a C array of two.
private func pair(_ values: UnsafePointer<Int64>?, _ argument: String) throws(InvalidArgument) -> (Int, Int) {
  let values = try require(values, argument)
  return (Int(values[0]), Int(values[1]))
}
