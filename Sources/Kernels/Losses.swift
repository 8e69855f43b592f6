import CSupport

extension Kernels {
  public static func squaredError(
    rows: Int, columns: Int, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    losses: UnsafeMutablePointer<Double>
  ) {
    for r in 0..<rows {
      let sum = squaredDistance(
        count: columns, prediction + r &* columns, target + r &* columns)
      losses[r] = sum / Double(columns)
    }
  }

  public static func squaredErrorBackward(
    rows: Int, columns: Int, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    lossGradient: Element, predictionGradient: UnsafeMutablePointer<Element>
  ) {
    let factor = lossGradient * 2 / Element(columns)
    for i in 0..<(rows &* columns) {
      let difference = prediction[i] - target[i]
      predictionGradient[i] = multiplyAdd(factor, difference, predictionGradient[i])
    }
  }

  /// With x_m the largest logit, −log softmax(x)_label = (x_m − x_label) + log(1 + Σ_{c≠m} exp(x_c − x_m)):
  /// nothing overflows, and where the label is m the loss is log1p of the small sum itself.
  public static func crossEntropy(
    rows: Int, columns: Int, logits: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    probabilities: UnsafeMutablePointer<Element>, losses: UnsafeMutablePointer<Double>
  ) {
    for r in 0..<rows {
      let x = logits + r &* columns
      let p = probabilities + r &* columns
      let m = indexOfMaximum(count: columns, x)
      let largest = x[m]
      for c in 0..<columns { p[c] = exp(x[c] - largest) }
      let one = p[m]  // or NaN
      p[m] = 0
      let others = sum(count: columns, p)
      p[m] = one
      let factor = Element(1 / (Double(one) + others))
      for c in 0..<columns { p[c] *= factor }
      let label = labels[r]
      losses[r] =
        0 <= label && label < Int64(columns)
        ? Double(largest) - Double(x[Int(label)]) + support_log1p(others) : .nan
    }
  }

  public static func crossEntropyBackward(
    rows: Int, columns: Int, probabilities: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    lossGradient: Element, logitsGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let p = probabilities + r &* columns
      let gradient = logitsGradient + r &* columns
      let label = labels[r]
      let valid = 0 <= label && label < Int64(columns)
      // The label's element is done apart: p − 1 first, then the product, loses no digits to rounding.
      let atLabel = valid ? multiplyAdd(lossGradient, p[Int(label)] - 1, gradient[Int(label)]) : 0
      for c in 0..<columns { gradient[c] = multiplyAdd(lossGradient, p[c], gradient[c]) }
      if valid { gradient[Int(label)] = atLabel }
    }
  }
}
