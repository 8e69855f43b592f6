/// offset + scale Σ (prediction − target)²
struct SquaredError: Operation {
  let columns: Int
  let scale: Double
  let offset: Double

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    guard let losses = operands.losses else { return }
    T.kernels.squaredError(
      rows: operands.batch, columns: columns, scale: scale, offset: offset, prediction: operands.input(0),
      target: operands.input(1), losses: losses)
  }

  /// The error is symmetric: each side's gradient is that of a prediction whose target is the other.
  func backward<T: Scalar>(_ operands: Operands<T>) {
    for (side, other) in [(0, 1), (1, 0)] {
      guard let gradient = operands.inputGradient(side) else { continue }
      T.kernels.squaredErrorBackward(
        count: operands.batch * columns, factor: operands.lossGradient * 2 * T(scale),
        prediction: operands.input(side), target: operands.input(other), predictionGradient: gradient)
    }
  }
}

/// Mean over the outputs of log(1 + eˣ) − t x.
struct BinaryCrossEntropy: Operation {
  let columns: Int

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    guard let losses = operands.losses else { return }
    T.kernels.binaryCrossEntropy(
      rows: operands.batch, columns: columns, logits: operands.input(0), target: operands.input(1),
      losses: losses)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    let (count, factor) = (operands.batch * columns, operands.lossGradient / T(columns))
    if let gradient = operands.inputGradient(0) {
      T.kernels.binaryCrossEntropyBackward(
        count: count, factor: factor, logits: operands.input(0), target: operands.input(1),
        logitsGradient: gradient)
    }
    if let gradient = operands.inputGradient(1) {
      T.kernels.accumulate(
        count: count, scale: -factor, from: operands.input(0), step: 1, to: gradient, step: 1)
    }
  }
}

/// Mean over the positions of −log softmax(logits)[label].
struct CrossEntropy: Operation {
  let positions: Int
  let columns: Int
  let ignored: Int64?
  let smoothing: Double

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }  // the labels
  /// The probabilities.
  var keptCount: Int { positions * columns }
  var integerLimits: [IntegerLimit] {
    [IntegerLimit(input: 1, count: columns, ignored: ignored, names: ("label", "classes"))]
  }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    guard let losses = operands.losses else { return }
    T.kernels.crossEntropy(
      rows: operands.batch, positions: positions, columns: columns, ignored: ignored ?? .min,
      smoothing: smoothing, logits: operands.input(0), labels: operands.integers(1),
      probabilities: operands.kept, losses: losses)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let gradient = operands.inputGradient(0) else { return }
    T.kernels.crossEntropyBackward(
      rows: operands.batch, positions: positions, columns: columns, ignored: ignored ?? .min,
      smoothing: smoothing, probabilities: operands.kept, labels: operands.integers(1),
      lossGradient: operands.lossGradient, logitsGradient: gradient)
  }
}

/// A value of one float per sample, taken as the loss.
struct LossOfValue: Operation {
  var backwardReads: (inputs: Bool, output: Bool) { (false, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    guard let losses = operands.losses else { return }
    let values = operands.input(0)
    for sample in 0..<operands.batch { losses[sample] = Double(values[sample]) }
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let gradient = operands.inputGradient(0) else { return }
    for sample in 0..<operands.batch { gradient[sample] += operands.lossGradient }
  }
}

extension Graph {
  /// Mean over the outputs of (prediction − target)².
  public mutating func addMeanSquaredError(prediction: Int, target: Int) throws(InvalidArgument) -> Int {
    let columns = try pair(prediction, target).count
    return try addSquaredError(prediction: prediction, target: target, scale: 1 / Double(columns), offset: 0)
  }

  /// offset + scale times the sum over the outputs of (prediction − target)².
  public mutating func addSquaredError(prediction: Int, target: Int, scale: Double, offset: Double)
    throws(InvalidArgument) -> Int
  {
    let shape = try pair(prediction, target)
    try require(scale.isFinite && scale > 0, "scale is \(scale); it must be positive and finite")
    try require(offset.isFinite, "offset is \(offset); it must be finite")
    return append(
      SquaredError(columns: shape.count, scale: scale, offset: offset), inputs: [prediction, target],
      shape: .scalar, role: .loss)
  }

  /// Mean over the outputs of log(1 + eˣ) − t x, for targets t in [0, 1].
  public mutating func addBinaryCrossEntropy(logits: Int, target: Int) throws(InvalidArgument) -> Int {
    let shape = try pair(logits, target)
    return append(
      BinaryCrossEntropy(columns: shape.count), inputs: [logits, target], shape: .scalar, role: .loss)
  }

  /// −log softmax(logits)[label], the mean over the positions that are not `ignored`: logits (…, classes), label (…).
  /// `smoothing` spreads that part of the label's weight evenly over the classes.
  public mutating func addCrossEntropy(
    logits: Int, label: Int, ignored: Int64? = nil, smoothing: Double = 0
  ) throws(InvalidArgument) -> Int {
    let scores = try node(logits, as: .sample, argument: "logits").shape
    guard let columns = scores.dimensions.last else {
      throw InvalidArgument("the logits have shape (); cross-entropy needs (..., classes)")
    }
    let index = try node(label, as: .label, argument: "label").shape
    let positions = try Shape(scores.dimensions.dropLast())
    try require(
      index == positions,
      "the label has shape \(index); for logits of shape \(scores) cross-entropy needs one integer for each \(columns) of them, shape \(positions)"
    )
    try require((0..<1).contains(smoothing), "smoothing is \(smoothing); it must be in 0 ..< 1")
    return append(
      CrossEntropy(positions: index.count, columns: columns, ignored: ignored, smoothing: smoothing),
      inputs: [logits, label], shape: .scalar, role: .loss)
  }

  /// A value of one float per sample, taken as the loss.
  public mutating func addLoss(of value: Int) throws(InvalidArgument) -> Int {
    let shape = try node(value, as: .sample, argument: "value").shape
    try require(shape.count == 1, "the value has shape \(shape); a loss is one number per sample, shape ()")
    return append(LossOfValue(), inputs: [value], shape: .scalar, role: .loss)
  }

  /// The shape of two nodes that must have the same.
  private func pair(_ prediction: Int, _ target: Int) throws(InvalidArgument) -> Shape {
    let predicted = try node(prediction, as: .sample, argument: "prediction").shape
    let wanted = try node(target, as: .sample, argument: "target").shape
    try require(
      predicted == wanted,
      "the prediction has shape \(predicted) but the target \(wanted); they must be equal")
    return predicted
  }
}
