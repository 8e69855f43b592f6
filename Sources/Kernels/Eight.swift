/// Eight elements, of one register or of several: for rows that are shorter than the loops that the compiler makes.
extension Kernels {
  typealias Eight = SIMD8<Element>

  @inline(__always)
  static func loadEight(_ x: UnsafePointer<Element>) -> Eight {
    UnsafeRawPointer(x).loadUnaligned(as: Eight.self)
  }

  @inline(__always)
  static func storeEight(_ values: Eight, to y: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(y).storeBytes(of: values, as: Eight.self)
  }
}
