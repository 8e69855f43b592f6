/// What a node of the graph computes. A new operation fails to compile until every switch handles it: the
/// two below and the two in `Executor`. What each one does is in its file under `Operations/`.
public enum Operation: Sendable, Equatable {
  /// The data set's array of this position.
  case input(Int)
  case parameter
  case linear
  case activation(Activation)
  case meanSquaredError
  case crossEntropy
}

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
}

/// What kind of value a node holds.
public enum Role: String, Sendable {
  /// Floats, one value per sample.
  case sample = "value of floats per sample"
  /// 64-bit integers, one value per sample.
  case label = "value of integers per sample"
  /// Floats shared by all samples.
  case parameter = "parameter"
  /// One loss per sample, in Double; only ever a result.
  case loss = "loss"
}

extension Operation {
  /// Which forward values the backward pass reads; what it does not read, the arena may reuse.
  var backwardReads: (inputs: Bool, output: Bool) {
    switch self {
    case .input, .parameter: (false, false)
    case .linear, .meanSquaredError: (true, false)
    case .activation(.tanh), .activation(.sigmoid): (false, true)
    case .activation: (true, false)
    case .crossEntropy: (true, true)  // the labels, and its own probabilities
    }
  }

  /// Elements per sample of the buffer that the node owns, given its shape and its inputs' shapes.
  func bufferCount(shape: Shape, inputs: [Shape]) -> Int {
    switch self {
    case .input, .linear, .activation: shape.count
    case .parameter, .meanSquaredError: 0
    case .crossEntropy: inputs[0].count  // the probabilities, which the backward pass needs
    }
  }
}
