import COpenBLAS
import KernelDispatch
import KernelInterface

/// The precision of a model: of its parameters, its inputs and its arithmetic.
public enum Precision: Int32, Sendable {
  case float32 = 0
  case float64 = 1

  /// What its elements are in memory.
  var stored: StoredElement { self == .float32 ? .float32 : .float64 }
}

/// An element type of tensors: `Float` or `Double`, with its kernels.
public protocol Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable {
  static var precision: Precision { get }
  static var kernels: any KernelSet<Self>.Type { get }
  /// y ← y + scale x
  static func add(_ x: UnsafePointer<Self>, times scale: Self, to y: UnsafeMutablePointer<Self>, count: Int)
}

extension Float: Scalar {
  public static var precision: Precision { .float32 }
  public static var kernels: any KernelSet<Float>.Type { floatKernels }
  public static func add(
    _ x: UnsafePointer<Float>, times scale: Float, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    cblas_saxpy(Int32(truncatingIfNeeded: count), scale, x, 1, y, 1)
  }
}

extension Double: Scalar {
  public static var precision: Precision { .float64 }
  public static var kernels: any KernelSet<Double>.Type { doubleKernels }
  public static func add(
    _ x: UnsafePointer<Double>, times scale: Double, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    cblas_daxpy(Int32(truncatingIfNeeded: count), scale, x, 1, y, 1)
  }
}
