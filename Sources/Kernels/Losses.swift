import CSupport

extension Kernels {
  public static func squaredError(
    rows: Int, columns: Int, scale: Double, offset: Double, prediction: UnsafePointer<Element>,
    target: UnsafePointer<Element>, losses: UnsafeMutablePointer<Double>
  ) {
    for r in 0..<rows {
      let sum = squaredDistance(
        count: columns, prediction + r &* columns, target + r &* columns)
      losses[r] = offset + scale * sum
    }
  }

  public static func squaredErrorBackward(
    count: Int, factor: Element, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    predictionGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let difference = prediction[i] - target[i]
      predictionGradient[i] = multiplyAdd(factor, difference, predictionGradient[i])
    }
  }

  /// max(x, 0) − t x + log(1 + e^−|x|)
  public static func binaryCrossEntropy(
    rows: Int, columns: Int, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    losses: UnsafeMutablePointer<Double>
  ) {
    for r in 0..<rows {
      let (x, t) = (logits + r &* columns, target + r &* columns)
      let total = sum(count: columns) { c in
        let positive = x[c] < 0 ? 0 : Double(x[c])
        return positive - Double(t[c]) * Double(x[c]) + Double(logOnePlusExponential(-x[c].magnitude))
      }
      losses[r] = total / Double(columns)
    }
  }

  public static func binaryCrossEntropyBackward(
    count: Int, factor: Element, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    logitsGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let error = logistic(logits[i]).value - target[i]
      logitsGradient[i] = multiplyAdd(factor, error, logitsGradient[i])
    }
  }

  public static func crossEntropy(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    logits: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    probabilities: UnsafeMutablePointer<Element>, losses: UnsafeMutablePointer<Double>
  ) {
    for r in 0..<rows {
      var total = 0.0
      var counted = 0
      for row in r &* positions..<(r &+ 1) &* positions {
        let label = labels[row]
        if !counts(label, unless: ignored) { continue }
        counted &+= 1
        total += crossEntropyOfRow(
          columns: columns, smoothing: smoothing, logits: logits + row &* columns, label: label,
          probabilities: probabilities + row &* columns)
      }
      losses[r] = counted == 0 ? 0 : total / Double(counted)
    }
  }

  /// Whether a position of this label counts. `Int64.min` is no label that could be ignored: where it stands among
  /// labels that were not checked, it is out of range.
  @inline(__always)
  static func counts(_ label: Int64, unless ignored: Int64) -> Bool {
    label != ignored || ignored == .min
  }

  /// With x_m the largest logit, −log softmax(x)_label = (x_m − x_label) + log(1 + Σ_{c≠m} exp(x_c − x_m)):
  /// nothing overflows, and where the label is m the loss is log1p of the small sum itself.
  @inline(__always)
  private static func crossEntropyOfRow(
    columns: Int, smoothing: Double, logits x: UnsafePointer<Element>, label: Int64,
    probabilities p: UnsafeMutablePointer<Element>
  ) -> Double {
    let m = indexOfMaximum(count: columns, x)
    let largest = x[m]
    for c in 0..<columns { p[c] = exp(x[c] - largest) }
    let one = p[m]  // or NaN
    p[m] = 0
    let others = sum(count: columns, p)
    p[m] = one
    let factor = Element(1 / (Double(one) + others))
    for c in 0..<columns { p[c] *= factor }
    guard 0 <= label && label < Int64(columns) else { return .nan }
    var distance = Double(largest) - Double(x[Int(label)])
    if smoothing != 0 {
      let mean = sum(count: columns) { Double(largest) - Double(x[$0]) } / Double(columns)
      distance += smoothing * (mean - distance)
    }
    return distance + support_log1p(others)
  }

  public static func crossEntropyBackward(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    probabilities: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    lossGradient: Element, logitsGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      var counted = 0
      for row in r &* positions..<(r &+ 1) &* positions where counts(labels[row], unless: ignored) {
        counted &+= 1
      }
      let factor = lossGradient / Element(counted)
      for row in r &* positions..<(r &+ 1) &* positions where counts(labels[row], unless: ignored) {
        let p = probabilities + row &* columns
        let gradient = logitsGradient + row &* columns
        let label = labels[row]
        let valid = 0 <= label && label < Int64(columns)
        // The label's element is done apart: p − 1 first, then the product, loses no digits to rounding.
        let spread = Element(smoothing / Double(columns))
        let atLabel =
          valid
          ? multiplyAdd(factor, p[Int(label)] - (1 - Element(smoothing) + spread), gradient[Int(label)]) : 0
        for c in 0..<columns { gradient[c] = multiplyAdd(factor, p[c] - spread, gradient[c]) }
        if valid { gradient[Int(label)] = atLabel }
      }
    }
  }
}
