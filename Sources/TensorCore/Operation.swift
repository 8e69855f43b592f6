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

public enum Activation: Int32, Sendable {
  case relu = 0
  case tanh = 1
  /// x Φ(x), with the normal distribution function.
  case gelu = 2
  /// GELU's approximation through tanh.
  case geluTanh = 3
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
    case .activation(let activation): (activation != .tanh, activation == .tanh)
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
