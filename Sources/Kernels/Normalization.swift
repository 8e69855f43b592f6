import CSupport

/// Rows brought to mean 0 and variance 1, or only to mean square 1.
extension Kernels {
  public static func normalize(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, bias: UnsafePointer<Element>?, output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let (x, y) = (input + r &* columns, output + r &* columns)
      let (mean, factor) = moments(columns, centred, epsilon, x)
      for c in 0..<columns { y[c] = Element((Double(x[c]) - mean) * factor) }
      if let weight, let bias {
        for c in 0..<columns { y[c] = multiplyAdd(y[c], weight[c], bias[c]) }
      } else if let weight {
        for c in 0..<columns { y[c] *= weight[c] }
      } else if let bias {
        for c in 0..<columns { y[c] += bias[c] }
      }
    }
  }

  /// With x̂ the normalized row and g = dy w: dx += factor (g − mean g − x̂ mean(g x̂)), where `mean g` is of centred rows
  /// only; dw += Σ dy x̂, db += Σ dy.
  public static func normalizeBackward(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>?, weightGradient: UnsafeMutablePointer<Element>?,
    biasGradient: UnsafeMutablePointer<Element>?, sums: UnsafeMutablePointer<Double>
  ) {
    let biasSums = sums + columns
    if weightGradient != nil { for c in 0..<columns { sums[c] = 0 } }
    if biasGradient != nil { for c in 0..<columns { biasSums[c] = 0 } }
    for r in 0..<rows {
      let (x, dy) = (input + r &* columns, outputGradient + r &* columns)
      let (mean, factor) = moments(columns, centred, epsilon, x)
      if let inputGradient {
        let dx = inputGradient + r &* columns
        if let weight {
          normalizeBackward(columns, centred, mean, factor, x, dx) { dy[$0] * weight[$0] }
        } else {
          normalizeBackward(columns, centred, mean, factor, x, dx) { dy[$0] }
        }
      }
      if weightGradient != nil {
        for c in 0..<columns { sums[c] += Double(dy[c]) * ((Double(x[c]) - mean) * factor) }
      }
      if biasGradient != nil { for c in 0..<columns { biasSums[c] += Double(dy[c]) } }
    }
    if let weightGradient { for c in 0..<columns { weightGradient[c] += Element(sums[c]) } }
    if let biasGradient { for c in 0..<columns { biasGradient[c] += Element(biasSums[c]) } }
  }

  /// One row's dx, from its g.
  @inline(__always)
  private static func normalizeBackward(
    _ columns: Int, _ centred: Bool, _ mean: Double, _ factor: Double, _ x: UnsafePointer<Element>,
    _ dx: UnsafeMutablePointer<Element>, _ g: (Int) -> Element
  ) {
    let total = centred ? sum(count: columns) { Double(g($0)) } : 0
    let product = sum(count: columns) { Double(g($0)) * (Double(x[$0]) - mean) }
    let level = Element(total / Double(columns))
    let slope = Element(product * factor / Double(columns))
    let scale = Element(factor)
    for c in 0..<columns {
      let normalized = Element((Double(x[c]) - mean) * factor)
      dx[c] = multiplyAdd(scale, multiplyAdd(-slope, normalized, g(c) - level), dx[c])
    }
  }

  /// The mean (0 unless `centred`), and 1 / √(variance around it + ε). The mean comes first: a difference of sums of
  /// squares would lose the variance of a row far from 0.
  @inline(__always)
  private static func moments(
    _ columns: Int, _ centred: Bool, _ epsilon: Double, _ x: UnsafePointer<Element>
  ) -> (mean: Double, factor: Double) {
    let mean = centred ? sum(count: columns, x) / Double(columns) : 0
    let squares = sum(count: columns) {
      let difference = Double(x[$0]) - mean
      return difference * difference
    }
    return (mean, 1 / support_sqrt_double(squares / Double(columns) + epsilon))
  }
}
