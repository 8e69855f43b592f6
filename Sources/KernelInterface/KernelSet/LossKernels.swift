/// Losses, one per row.
public protocol LossKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// losses[r] = offset + scale Σ_c (prediction[r, c] − target[r, c])², the difference taken in Double, so
  /// that a large residual does not cost the loss its digits.
  static func squaredError(
    rows: Int, columns: Int, scale: Double, offset: Double, prediction: UnsafePointer<Element>,
    target: UnsafePointer<Element>, losses: UnsafeMutablePointer<Double>)
  /// predictionGradient[r, c] += factor (prediction[r, c] − target[r, c])
  static func squaredErrorBackward(
    count: Int, factor: Element, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    predictionGradient: UnsafeMutablePointer<Element>)
  /// losses[r] = (1/columns) Σ_c log(1 + e^x) − t x: of binary targets t in [0, 1], without overflow.
  static func binaryCrossEntropy(
    rows: Int, columns: Int, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    losses: UnsafeMutablePointer<Double>)
  /// logitsGradient[i] += factor (1 / (1 + e^−x) − t)
  static func binaryCrossEntropyBackward(
    count: Int, factor: Element, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    logitsGradient: UnsafeMutablePointer<Element>)
  /// losses[r] = the mean, over the positions whose label is not `ignored` (`Int64.min`: over all), of
  /// (1 − smoothing) (−log p[label]) + smoothing/columns Σ_c (−log p[c]), where p, which is written to
  /// probabilities[r, position, ·], is the softmax of the position's logits: computed as log Σ exp without overflow
  /// and without losing small losses; 0 where all positions are ignored. A label outside 0 ..< columns gives a NaN
  /// loss (never a stray read).
  static func crossEntropy(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    logits: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    probabilities: UnsafeMutablePointer<Element>,
    losses: UnsafeMutablePointer<Double>)
  static func crossEntropyBackward(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    probabilities: UnsafePointer<Element>, labels: UnsafePointer<Int64>, lossGradient: Element,
    logitsGradient: UnsafeMutablePointer<Element>)
}
