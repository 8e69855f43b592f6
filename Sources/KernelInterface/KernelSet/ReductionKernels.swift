/// Sums over all elements, in Double.
public protocol ReductionKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  /// Σ x y
  static func dot(count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>) -> Double
  /// Σ weights x y
  static func weightedDot(
    count: Int, weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>
  ) -> Double
  /// Σ x² / weights
  static func squaredNorm(count: Int, over weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>)
    -> Double
  /// Σ (x − y)²
  static func squaredDistance(
    count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double
  /// sums[i] += ± factor √weights[i] x[i], − where bit i mod 32 of signs[i / 32] is set; weights nil means 1.
  static func addWithSigns(
    count: Int, factor: Double, signs: UnsafePointer<UInt32>, weights: UnsafePointer<Element>?,
    _ x: UnsafePointer<Element>, to sums: UnsafeMutablePointer<Double>)
  /// The index of the first NaN or infinity, or nil.
  static func firstNonfinite(count: Int, _ x: UnsafePointer<Element>) -> Int?
}
