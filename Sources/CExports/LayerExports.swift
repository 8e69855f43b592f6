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
