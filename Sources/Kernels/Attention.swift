import KernelInterface

/// Rows of attention scores. The largest score and the factor of a row are kept apart, not as the logarithm of its sum:
/// beside a large score that would have no digits left.
extension Kernels {
  public static func attentionSoftmax(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>,
    maxima: UnsafeMutablePointer<Element>, factors: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<block.rows {
      let row = scores + r &* block.columns
      let seen = addMask(block, row: r, to: row)
      let largest = maximum(count: seen, row)
      for c in 0..<seen { row[c] = exp(row[c] - largest) }
      let factor = Element(1 / sum(count: seen, row))
      for c in 0..<seen { row[c] *= factor }
      for c in seen..<block.columns { row[c] = 0 }
      (maxima[r], factors[r]) = (largest, factor)
    }
  }

  public static func attentionProbabilities(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>, maxima: UnsafePointer<Element>,
    factors: UnsafePointer<Element>
  ) {
    for r in 0..<block.rows {
      let row = scores + r &* block.columns
      let seen = addMask(block, row: r, to: row)
      let (largest, factor) = (maxima[r], factors[r])
      for c in 0..<seen { row[c] = exp(row[c] - largest) * factor }
      for c in seen..<block.columns { row[c] = 0 }
    }
  }

  public static func attentionScoreGradient(
    rows: Int, columns: Int, outputs: Int, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, probabilities: UnsafePointer<Element>,
    gradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let mean = Element(dot(count: outputs, output + r &* outputs, outputGradient + r &* outputs))
      let (p, g) = (probabilities + r &* columns, gradient + r &* columns)
      for c in 0..<columns { g[c] = p[c] * (g[c] - mean) }
    }
  }

  /// Adds the mask to what row `r` sees, and returns how much that is.
  @inline(__always)
  private static func addMask(
    _ block: ScoreBlock<Element>, row r: Int, to row: UnsafeMutablePointer<Element>
  ) -> Int {
    let seen = min(block.columns, block.visible &+ r)
    guard let mask = block.mask else { return seen }
    let terms = mask + r &* block.maskRowStep
    if block.maskColumnStep == 1 {
      for c in 0..<seen { row[c] = finiteBelow(row[c] + terms[c]) }
    } else {
      for c in 0..<seen { row[c] = finiteBelow(row[c] + terms[c &* block.maskColumnStep]) }
    }
    return seen
  }

  /// The smallest finite number in place of −∞; a NaN passes.
  @inline(__always)
  private static func finiteBelow(_ x: Element) -> Element {
    x < -Element.greatestFiniteMagnitude ? -Element.greatestFiniteMagnitude : x
  }
}
