/// Attention (see `ScoreBlock`), and positions as angles.
public protocol AttentionKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  // MARK: Attention

  /// scores[r, ·] ← the softmax of what row r sees, 0 where it sees nothing; its largest score and 1 / Σ exp(score −
  /// largest) are kept. Nothing overflows: a row whose scores are all −∞ is a row of equal scores.
  static func attentionSoftmax(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>,
    maxima: UnsafeMutablePointer<Element>, factors: UnsafeMutablePointer<Element>)
  /// The same, from what it kept.
  static func attentionProbabilities(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>, maxima: UnsafePointer<Element>,
    factors: UnsafePointer<Element>)
  /// scoreGradient[r, c] ← probabilities[r, c] (probabilityGradient[r, c] − Σ_i output[r, i] outputGradient[r, i]), in
  /// place of the probabilities' gradient.
  static func attentionScoreGradient(
    rows: Int, columns: Int, outputs: Int, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, probabilities: UnsafePointer<Element>,
    gradient: UnsafeMutablePointer<Element>)

  // MARK: Rotary positions

  /// y[r, ·] = x[r, ·] with its pairs (a, b) turned by the angles of position p = r mod `positions`:
  /// (a cos − b sin, a sin + b cos) with cosines[p, i] and sines[p, i]. Pair i is the elements i and pairs + i, or 2i and
  /// 2i + 1 where `interleaved`; what is after the pairs is copied.
  static func rotary(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func rotaryBackward(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
}
