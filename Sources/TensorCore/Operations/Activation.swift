/// Elementwise functions; the shape is the input's.
extension Graph {
  public mutating func addActivation(_ activation: Activation, input: Int) throws(InvalidArgument) -> Int {
    let shape = try node(input, as: .sample, argument: "input").shape
    return append(.activation(activation), inputs: [input], shape: shape, role: .sample)
  }
}

extension Activation {
  func forward<T: Scalar>(count: Int, x: UnsafePointer<T>, y: UnsafeMutablePointer<T>) {
    switch self {
    case .relu: T.kernels.relu(count: count, input: x, output: y)
    case .tanh: T.kernels.tanh(count: count, input: x, output: y)
    case .gelu: T.kernels.gelu(count: count, input: x, output: y)
    case .geluTanh: T.kernels.geluTanh(count: count, input: x, output: y)
    }
  }

  func backward<T: Scalar>(
    count: Int, x: UnsafePointer<T>, y: UnsafePointer<T>, dy: UnsafePointer<T>, dx: UnsafeMutablePointer<T>
  ) {
    switch self {
    case .relu: T.kernels.reluBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
    case .tanh: T.kernels.tanhBackward(count: count, output: y, outputGradient: dy, inputGradient: dx)
    case .gelu: T.kernels.geluBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
    case .geluTanh:
      T.kernels.geluTanhBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
    }
  }
}
