import CSwiftLLC
import KernelInterface
import TensorCore

@_cdecl("sllc_graph_add_activation")
public func sllc_graph_add_activation(
  _ graph: OpaquePointer?, _ function: Int32, _ constant: Double, _ input: Int64,
  _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph, precision in
    let names = [SLLC_LEAKY_RELU: "negative_slope", SLLC_ELU: "alpha", SLLC_POWER: "exponent"]
    if let name = names[Int(function)] { try requireFinite(constant, name, in: precision) }
    return try graph.addActivation(try activation(function, constant), input: Int(input))
  }
}

@_cdecl("sllc_graph_add_arithmetic")
public func sllc_graph_add_arithmetic(
  _ graph: OpaquePointer?, _ operation: Int32, _ a: Int64, _ b: Int64, _ node: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  adding(to: graph, node) { graph in
    guard let arithmetic = Arithmetic(rawValue: operation) else {
      throw InvalidArgument(
        "operation is \(operation); it must be a constant from SLLC_ADD (0) to SLLC_MINIMUM (5)")
    }
    return try graph.addArithmetic(arithmetic, Int(a), Int(b))
  }
}

/// The function that a C constant names.
private func activation(_ function: Int32, _ constant: Double) throws(InvalidArgument) -> Activation {
  switch Int(function) {
  case SLLC_RELU: .relu
  case SLLC_TANH: .tanh
  case SLLC_GELU: .gelu
  case SLLC_GELU_TANH: .geluTanh
  case SLLC_SILU: .silu
  case SLLC_SIGMOID: .sigmoid
  case SLLC_SOFTPLUS: .softplus
  case SLLC_LEAKY_RELU: .leakyReLU(negativeSlope: constant)
  case SLLC_ELU: .elu(alpha: constant)
  case SLLC_EXP: .elementary(.exp)
  case SLLC_LOG: .elementary(.log)
  case SLLC_SQRT: .elementary(.sqrt)
  case SLLC_ERF: .elementary(.erf)
  case SLLC_SIN: .elementary(.sin)
  case SLLC_COS: .elementary(.cos)
  case SLLC_ABS: .elementary(.abs)
  case SLLC_POWER: .elementary(.power(constant))
  default:
    throw InvalidArgument(
      "function is \(function); it must be a constant from SLLC_RELU (0) to SLLC_POWER (16)")
  }
}
