import COpenBLAS
import CSupport
import KernelDispatch
import KernelInterface

/// The precision of a model: of its parameters, its inputs and its arithmetic.
public enum Precision: Int32, Sendable {
  case float32 = 0
  case float64 = 1

  /// What its elements are in memory.
  var stored: StoredElement { self == .float32 ? .float32 : .float64 }
}

/// An element type of tensors: `Float` or `Double`, with its kernels and its matrix product.
public protocol Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable {
  static var precision: Precision { get }
  static var kernels: any KernelSet<Self>.Type { get }
  /// C ← scale op(A) op(B) + beta C, row-major; see `GEMM`.
  static func multiply(_ gemm: GEMM<Self>)
  /// y ← y + scale x
  static func add(_ x: UnsafePointer<Self>, times scale: Self, to y: UnsafeMutablePointer<Self>, count: Int)
}

/// One matrix product C (m×n) ← scale op(A) (m×k) · op(B) (k×n) + beta C; every matrix row-major and contiguous. With
/// beta = 0 whatever C held, NaN included, is gone.
public struct GEMM<T: Scalar> {
  let m, n, k: Int
  let a, b: UnsafePointer<T>
  let transposeA, transposeB: Bool
  let scale, beta: T
  let c: UnsafeMutablePointer<T>
  /// Elements from one row of A, as it is stored, to the next.
  let strideA: Int32

  package init(
    m: Int, n: Int, k: Int, a: UnsafePointer<T>, transposeA: Bool = false, strideA: Int? = nil,
    b: UnsafePointer<T>, transposeB: Bool = false, scale: T = 1, beta: T = 0, c: UnsafeMutablePointer<T>
  ) {
    (self.m, self.n, self.k, self.scale, self.beta) = (m, n, k, scale, beta)
    (self.a, self.transposeA, self.b, self.transposeB, self.c) = (a, transposeA, b, transposeB, c)
    self.strideA = Int32(truncatingIfNeeded: strideA ?? (transposeA ? m : k))
  }

  // OpenBLAS counts in Int32; the graph and the executor keep every extent below that.
  var rows: Int32 { Int32(truncatingIfNeeded: m) }
  var columns: Int32 { Int32(truncatingIfNeeded: n) }
  var inner: Int32 { Int32(truncatingIfNeeded: k) }
  var orderA: CBLAS_TRANSPOSE { transposeA ? CblasTrans : CblasNoTrans }
  var orderB: CBLAS_TRANSPOSE { transposeB ? CblasTrans : CblasNoTrans }
  var strideB: Int32 { transposeB ? inner : columns }
}

extension Float: Scalar {
  public static var precision: Precision { .float32 }
  public static var kernels: any KernelSet<Float>.Type { floatKernels }
  public static func multiply(_ g: GEMM<Float>) {
    support_blas_enter()
    cblas_sgemm(
      CblasRowMajor, g.orderA, g.orderB, g.rows, g.columns, g.inner, g.scale, g.a, g.strideA, g.b,
      g.strideB, g.beta, g.c, g.columns)
    support_blas_leave()
  }
  public static func add(
    _ x: UnsafePointer<Float>, times scale: Float, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    cblas_saxpy(Int32(truncatingIfNeeded: count), scale, x, 1, y, 1)
  }
}

extension Double: Scalar {
  public static var precision: Precision { .float64 }
  public static var kernels: any KernelSet<Double>.Type { doubleKernels }
  public static func multiply(_ g: GEMM<Double>) {
    support_blas_enter()
    cblas_dgemm(
      CblasRowMajor, g.orderA, g.orderB, g.rows, g.columns, g.inner, g.scale, g.a, g.strideA, g.b,
      g.strideB, g.beta, g.c, g.columns)
    support_blas_leave()
  }
  public static func add(
    _ x: UnsafePointer<Double>, times scale: Double, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    cblas_daxpy(Int32(truncatingIfNeeded: count), scale, x, 1, y, 1)
  }
}
