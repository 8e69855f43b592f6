import CSupport

/// The library's own copy of OpenBLAS.
public enum BLAS {
  private static let prepared: Void = support_blas_prepare()

  /// Must have been called before the first matrix product: sets one thread per caller, for this copy only.
  static func prepare() { prepared }

  /// The processor family whose kernels it runs.
  public static var coreName: String { String(cString: support_blas_core_name()) }
}
