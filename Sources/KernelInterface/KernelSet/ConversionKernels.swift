/// Elements of another type.
public protocol ConversionKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// y[i] = x[i], rounded where `Element` is of less precision. `x` is aligned for its elements.
  static func convert(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Element>)
  /// y[i] = x[i], of integers. What an Int64 does not hold, or is no integer, becomes the largest, which is out of
  /// every range.
  static func convertIntegers(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Int64>)
}
