/// Runs, each operand with a step of its own; a step of 0 holds on to one element.
public protocol StridedKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// y[i yStep] = x[i xStep]
  static func copy(
    count: Int, from x: UnsafePointer<Element>, step xStep: Int, to y: UnsafeMutablePointer<Element>,
    step yStep: Int)
  /// y[i yStep] += scale x[i xStep]; a sum into one element is taken in Double.
  static func accumulate(
    count: Int, scale: Element, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int)
  /// result[i] = a[i aStep] ∘ b[i bStep]. A NaN stays a NaN.
  static func arithmetic(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, result: UnsafeMutablePointer<Element>)
  /// The gradients of both sides, where they are wanted. Where maximum or minimum has equal sides, it is b's.
  static func arithmeticBackward(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, resultGradient: UnsafePointer<Element>,
    aGradient: UnsafeMutablePointer<Element>?, bGradient: UnsafeMutablePointer<Element>?)
}
