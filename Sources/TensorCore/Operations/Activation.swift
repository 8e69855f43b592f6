/// Elementwise functions; the shape is the input's.
extension Graph {
  public mutating func addActivation(_ activation: Activation, input: Int) throws(InvalidArgument) -> Int {
    switch activation {
    case .leakyReLU(let slope):
      try require(slope.isFinite, "negative_slope is \(slope); it must be finite")
    case .elu(let alpha):
      try require(alpha.isFinite, "alpha is \(alpha); it must be finite")
    default: break
    }
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
    case .silu: T.kernels.silu(count: count, input: x, output: y)
    case .sigmoid: T.kernels.sigmoid(count: count, input: x, output: y)
    case .softplus: T.kernels.softplus(count: count, input: x, output: y)
    case .leakyReLU(let slope):
      T.kernels.leakyReLU(count: count, negativeSlope: T(slope), input: x, output: y)
    case .elu(let alpha): T.kernels.elu(count: count, alpha: T(alpha), input: x, output: y)
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
    case .silu: T.kernels.siluBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
    case .sigmoid: T.kernels.sigmoidBackward(count: count, output: y, outputGradient: dy, inputGradient: dx)
    case .softplus: T.kernels.softplusBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
    case .leakyReLU(let slope):
      T.kernels.leakyReLUBackward(
        count: count, negativeSlope: T(slope), input: x, outputGradient: dy, inputGradient: dx)
    case .elu(let alpha):
      T.kernels.eluBackward(count: count, alpha: T(alpha), input: x, outputGradient: dy, inputGradient: dx)
    }
  }
}
