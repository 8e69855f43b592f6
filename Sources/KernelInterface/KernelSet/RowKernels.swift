/// Rows of a matrix, each on its own.
public protocol RowKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// y = x − log Σ exp x where `logarithm`, else exp of that; nothing overflows.
  static func softmax(
    rows: Int, columns: Int, logarithm: Bool, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func softmaxBackward(
    rows: Int, columns: Int, logarithm: Bool, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)
  /// y[r] = the largest x[r, ·]. A NaN stays a NaN.
  static func rowMaxima(
    rows: Int, columns: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// To the first of the largest elements.
  static func rowMaximaBackward(
    rows: Int, columns: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// output[r, ·] = table[indices[r], ·]. An index outside 0 ..< tableRows gives NaN (never a stray read).
  static func gatherRows(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>, table: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func gatherRowsBackward(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, tableGradient: UnsafeMutablePointer<Element>)

  /// output[r] = input[r, indices[r]]; 0 where the index is `ignored` (`Int64.min`: nowhere). One outside 0 ..< columns
  /// gives NaN (never a stray read).
  static func pick(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func pickBackward(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)

  // MARK: Normalization

  /// y[c] = (x[c] − m) / √(v + ε) weight[c] + bias[c], where m is the row's mean and v its variance around it, or
  /// without `centred` 0 and the mean square. Without a weight it is 1, without a bias 0.
  static func normalize(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, bias: UnsafePointer<Element>?, output: UnsafeMutablePointer<Element>)
  /// The gradients that are wanted. `sums` is scratch memory for 2 columns.
  static func normalizeBackward(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>?, weightGradient: UnsafeMutablePointer<Element>?,
    biasGradient: UnsafeMutablePointer<Element>?, sums: UnsafeMutablePointer<Double>)
}
