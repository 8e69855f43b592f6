/// Losses: one Double per sample. Their values and gradients are the kernels `squaredError` and
/// `crossEntropy`.
extension Graph {
  /// Mean over the outputs of (prediction − target)².
  public mutating func addMeanSquaredError(prediction: Int, target: Int) throws(InvalidArgument) -> Int {
    let predicted = try node(prediction, as: .sample, argument: "prediction").shape
    let wanted = try node(target, as: .sample, argument: "target").shape
    guard predicted == wanted else {
      throw InvalidArgument(
        "the prediction has shape \(predicted) but the target \(wanted); they must be equal")
    }
    return append(.meanSquaredError, inputs: [prediction, target], shape: .scalar, role: .loss)
  }

  /// −log softmax(logits)[label].
  public mutating func addCrossEntropy(logits: Int, label: Int) throws(InvalidArgument) -> Int {
    let scores = try node(logits, as: .sample, argument: "logits").shape
    guard scores.dimensions.count == 1 else {
      throw InvalidArgument("the logits have shape \(scores); cross-entropy needs (classes,)")
    }
    let index = try node(label, as: .label, argument: "label").shape
    guard index == .scalar else {
      throw InvalidArgument(
        "the label has shape \(index); cross-entropy needs one integer per sample, shape ()")
    }
    return append(.crossEntropy, inputs: [logits, label], shape: .scalar, role: .loss)
  }
}
