extension Kernels {
  public static func relu(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = input[i] < 0 ? 0 : input[i] }
  }

  public static func reluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { inputGradient[i] += input[i] <= 0 ? 0 : outputGradient[i] }
  }

  public static func tanh(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = tanh(input[i]) }
  }

  public static func tanhBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let slope = multiplyAdd(-output[i], output[i], 1)
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  public static func gelu(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = input[i] * normalDistribution(input[i]).cumulative }
  }

  /// f′ = Φ(x) + x exp(−x²/2) / √(2π)
  public static func geluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let x = input[i]
      let (cumulative, bell) = normalDistribution(x)
      let slope = multiplyAdd(0.3989422804014327 * x, bell, cumulative)
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  public static func geluTanh(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = input[i] * geluGate(input[i]).value }
  }

  /// f′ = s + x s′
  public static func geluTanhBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let (s, derivative) = geluGate(input[i])
      let slope = multiplyAdd(input[i], derivative, s)
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  /// s = ½ (1 + tanh z) and its derivative in x, where z = √(2/π) (x + 0.044715 x³). With e = exp(−2 |z|)
  /// nothing cancels or overflows: s = 1 / (1 + e) on the right, e / (1 + e) on the left, and
  /// s′ = e / (1 + e)² · 2 z′ on both sides.
  @inline(__always)
  static func geluGate(_ x: Element) -> (value: Element, derivative: Element) {
    // Past the limit s is 0 or 1; x³ does not overflow.
    let x = clamp(x, -64, 64)
    let square = x * x
    let twiceZ = 1.5957691216057308 * x * multiplyAdd(0.044715, square, 1)
    let twiceSlope = 1.5957691216057308 * multiplyAdd(3 * 0.044715, square, 1)
    let e = exp(-twiceZ.magnitude)
    let right = 1 / (1 + e)
    return (x > 0 ? right : e * right, e * right * right * twiceSlope)
  }
}
