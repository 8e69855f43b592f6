/// Functions made of the logistic function s(x) = 1 / (1 + e⁻ˣ).
extension Kernels {
  public static func sigmoid(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = logistic(input[i]).value }
  }

  public static func sigmoidBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let slope = output[i] * (1 - output[i])
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  public static func silu(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = input[i] * logistic(input[i]).value }
  }

  /// f′ = s + x s′
  public static func siluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let (s, derivative) = logistic(input[i])
      let slope = multiplyAdd(input[i], derivative, s)
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  /// log(1 + eˣ) = max(x, 0) + log(1 + e) with e = exp(−|x|): nothing overflows, and on the left the result is
  /// log(1 + e) itself, with all its digits.
  public static func softplus(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let x = input[i]
      output[i] = (x > 0 ? x : 0) + logOnePlusExponential(-x.magnitude)
    }
  }

  /// f′ = s
  public static func softplusBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      inputGradient[i] = multiplyAdd(outputGradient[i], logistic(input[i]).value, inputGradient[i])
    }
  }

  /// s(x) and s′(x). With e = exp(−|x|) nothing cancels or overflows: s = 1 / (1 + e) on the right,
  /// e / (1 + e) on the left, and s′ = e / (1 + e)² on both sides.
  @inline(__always)
  static func logistic(_ x: Element) -> (value: Element, derivative: Element) {
    let e = exp(-x.magnitude)
    let right = 1 / (1 + e)
    return (x > 0 ? right : e * right, e * right * right)
  }

  /// log(1 + eˣ) for x ≤ 0.
  @inline(__always)
  static func logOnePlusExponential(_ x: Element) -> Element {
    let e = exp(x)
    // `logOnePlus` goes up to √2 − 1; from 0.4 on, 1 + e = 2 (1 + (e − 1) / 2).
    let isLarge = e > 0.4
    return logOnePlus(isLarge ? 0.5 * (e - 1) : e) + (isLarge ? 0.6931471805599453 : 0)
  }
}
