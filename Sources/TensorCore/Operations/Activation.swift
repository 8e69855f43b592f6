import KernelInterface

/// Elementwise functions; their formulas are those of the kernels of the same names.
public enum Activation: Sendable, Equatable {
  case relu
  case tanh
  /// x Φ(x), with the normal distribution function.
  case gelu
  /// GELU's approximation through tanh.
  case geluTanh
  /// x s(x), with the logistic function s.
  case silu
  /// The logistic function.
  case sigmoid
  /// log(1 + eˣ)
  case softplus
  case leakyReLU(negativeSlope: Double)
  case elu(alpha: Double)
  case elementary(ElementaryFunction)
}

/// y = f(x), element by element; the shape is the input's.
struct Elementwise: Operation {
  let function: Activation
  let count: Int

  var backwardReads: (inputs: Bool, output: Bool) {
    switch function {
    case .relu, .tanh, .sigmoid, .elementary(.exp), .elementary(.sqrt): (false, true)
    default: (true, false)
    }
  }

  var writesNewGradients: Bool { true }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    let count = operands.batch * count
    let (x, y) = (operands.input(0), operands.output)
    switch function {
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
    case .elementary(let function): T.kernels.apply(function, count: count, input: x, output: y)
    }
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    operands.forEachPiece(of: dx, isNew: operands.isNew(0), count: operands.batch * count) { start, count in
      let (x, y) = (operands.input(0) + start, UnsafePointer(operands.output + start))
      let (dy, dx) = (operands.outputGradient + start, dx + start)
      switch function {
      // The result is positive where the input is: so the input's memory is free.
      case .relu: T.kernels.reluBackward(count: count, input: y, outputGradient: dy, inputGradient: dx)
      case .tanh: T.kernels.tanhBackward(count: count, output: y, outputGradient: dy, inputGradient: dx)
      case .gelu: T.kernels.geluBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
      case .geluTanh:
        T.kernels.geluTanhBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
      case .silu: T.kernels.siluBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
      case .sigmoid:
        T.kernels.sigmoidBackward(count: count, output: y, outputGradient: dy, inputGradient: dx)
      case .softplus:
        T.kernels.softplusBackward(count: count, input: x, outputGradient: dy, inputGradient: dx)
      case .leakyReLU(let slope):
        T.kernels.leakyReLUBackward(
          count: count, negativeSlope: T(slope), input: x, outputGradient: dy, inputGradient: dx)
      case .elu(let alpha):
        T.kernels.eluBackward(
          count: count, alpha: T(alpha), input: x, outputGradient: dy, inputGradient: dx)
      case .elementary(let function):
        T.kernels.applyBackward(
          function, count: count, input: x, output: y, outputGradient: dy, inputGradient: dx)
      }
    }
  }
}

extension Graph {
  public mutating func addActivation(_ activation: Activation, input: Int) throws(InvalidArgument) -> Int {
    switch activation {
    case .leakyReLU(let slope):
      try require(slope.isFinite, "negative_slope is \(slope); it must be finite")
    case .elu(let alpha):
      try require(alpha.isFinite, "alpha is \(alpha); it must be finite")
    case .elementary(.power(let exponent)):
      try require(exponent.isFinite, "exponent is \(exponent); it must be finite")
    default: break
    }
    let shape = try node(input, as: .sample, .shared, argument: "input").shape
    return append(Elementwise(function: activation, count: shape.count), inputs: [input], shape: shape)
  }
}
