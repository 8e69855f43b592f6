/// Functions of single elements; `inputGradient` += outputGradient · f′
public protocol ActivationKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// y = max(x, 0). A NaN stays a NaN.
  static func relu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is 0.
  static func reluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  static func tanh(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// f′ = 1 − y², from the OUTPUT of the forward pass.
  static func tanhBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x Φ(x), Φ the standard normal distribution function.
  static func gelu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func geluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
  static func geluTanh(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func geluTanhBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  /// y = s(x) = 1 / (1 + e⁻ˣ)
  static func sigmoid(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// f′ = y (1 − y), from the OUTPUT of the forward pass.
  static func sigmoidBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x s(x)
  static func silu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func siluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = log(1 + eˣ)
  static func softplus(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func softplusBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x where x > 0, else negativeSlope x
  static func leakyReLU(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is that of the left side.
  static func leakyReLUBackward(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x where x > 0, else alpha (eˣ − 1)
  static func elu(
    count: Int, alpha: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is that of the left side.
  static func eluBackward(
    count: Int, alpha: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  /// y = f(x)
  static func apply(
    _ function: ElementaryFunction, count: Int, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  /// The derivatives of √ and of powers below 1 at 0 are infinite; that of |x| is 0 there.
  static func applyBackward(
    _ function: ElementaryFunction, count: Int, input: UnsafePointer<Element>, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)
}
