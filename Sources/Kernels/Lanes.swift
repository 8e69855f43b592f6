import CSupport

/// A register of the instruction set, and its first lanes alone.
extension Kernels {
  #if DOUBLE
    typealias Lanes = support_double_lanes
    #if VECTOR512
      typealias Vector = SIMD8<Double>
    #elseif FUSED_MULTIPLY_ADD
      typealias Vector = SIMD4<Double>
    #else
      typealias Vector = SIMD2<Double>
    #endif
  #else
    typealias Lanes = support_float_lanes
    #if VECTOR512
      typealias Vector = SIMD16<Float>
    #elseif FUSED_MULTIPLY_ADD
      typealias Vector = SIMD8<Float>
    #else
      typealias Vector = SIMD4<Float>
    #endif
  #endif

  @inline(__always)
  static var laneCount: Int { MemoryLayout<Vector>.size / MemoryLayout<Element>.size }

  @inline(__always)
  static func load(_ x: UnsafePointer<Element>) -> Vector {
    UnsafeRawPointer(x).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  static func store(_ values: Vector, to x: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(x).storeBytes(of: values, as: Vector.self)
  }

  @inline(__always)
  static func firstLanes(_ count: Int) -> Lanes {
    #if DOUBLE
      support_first_doubles(count)
    #else
      support_first_floats(count)
    #endif
  }

  /// 0 in the other lanes, whose memory is not read.
  @inline(__always)
  static func load(_ lanes: Lanes, _ x: UnsafePointer<Element>) -> Vector {
    #if DOUBLE
      support_load_doubles(lanes, x)
    #else
      support_load_floats(lanes, x)
    #endif
  }

  /// The memory of the other lanes is not written.
  @inline(__always)
  static func store(_ lanes: Lanes, _ values: Vector, to x: UnsafeMutablePointer<Element>) {
    #if DOUBLE
      support_store_doubles(lanes, values, x)
    #else
      support_store_floats(lanes, values, x)
    #endif
  }

  /// a b + c, as the scalar function of this name.
  @inline(__always)
  static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if FUSED_MULTIPLY_ADD
      c.addingProduct(a, b)
    #else
      a * b + c
    #endif
  }
}
