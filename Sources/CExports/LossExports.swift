import CSwiftLLC
import TensorCore

@_cdecl("sllc_graph_add_squared_error")
public func sllc_graph_add_squared_error(
  _ graph: OpaquePointer?, _ prediction: Int64, _ target: Int64, _ scale: Double, _ offset: Double,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    try requirePositive(scale, "scale", in: precision)
    return try graph.addSquaredError(
      prediction: Int(prediction), target: Int(target), scale: scale, offset: offset)
  }
}

@_cdecl("sllc_graph_add_mean_squared_error")
public func sllc_graph_add_mean_squared_error(
  _ graph: OpaquePointer?, _ prediction: Int64, _ target: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addMeanSquaredError(prediction: Int(prediction), target: Int(target))
  }
}

@_cdecl("sllc_graph_add_binary_cross_entropy")
public func sllc_graph_add_binary_cross_entropy(
  _ graph: OpaquePointer?, _ logits: Int64, _ target: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addBinaryCrossEntropy(logits: Int(logits), target: Int(target))
  }
}

@_cdecl("sllc_graph_add_cross_entropy")
public func sllc_graph_add_cross_entropy(
  _ graph: OpaquePointer?, _ logits: Int64, _ label: Int64, _ ignored: Int64, _ smoothing: Double,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addCrossEntropy(
      logits: Int(logits), label: Int(label), ignored: ignored == .min ? nil : ignored,
      smoothing: smoothing)
  }
}

@_cdecl("sllc_graph_add_loss")
public func sllc_graph_add_loss(
  _ graph: OpaquePointer?, _ value: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addLoss(of: Int(value))
  }
}

@_cdecl("sllc_graph_add_pick")
public func sllc_graph_add_pick(
  _ graph: OpaquePointer?, _ input: Int64, _ indices: Int64, _ ignored: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    try graph.addPick(
      input: Int(input), indices: Int(indices), ignored: ignored == .min ? nil : ignored)
  }
}
