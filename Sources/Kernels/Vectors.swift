/// The vector of one register, for loops that the compiler would not make of scalars.
extension Kernels {
  #if VECTOR512
    #if DOUBLE
      typealias Vector = SIMD8<Double>
    #else
      typealias Vector = SIMD16<Float>
    #endif
  #elseif FUSED_MULTIPLY_ADD
    #if DOUBLE
      typealias Vector = SIMD4<Double>
    #else
      typealias Vector = SIMD8<Float>
    #endif
  #else
    #if DOUBLE
      typealias Vector = SIMD2<Double>
    #else
      typealias Vector = SIMD4<Float>
    #endif
  #endif

  @inline(__always)
  static var laneCount: Int { MemoryLayout<Vector>.size / MemoryLayout<Element>.size }

  /// From an address that need not be a multiple of the vector's size.
  @inline(__always)
  static func load(_ x: UnsafePointer<Element>) -> Vector {
    UnsafeRawPointer(x).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  static func store(_ values: Vector, to y: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(y).storeBytes(of: values, as: Vector.self)
  }

  /// a b + c, rounded as `multiplyAdd` of elements is.
  @inline(__always)
  static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if FUSED_MULTIPLY_ADD
      c.addingProduct(a, b)
    #else
      a * b + c
    #endif
  }
}
