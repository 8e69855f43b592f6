import CSupport

/// The library's own copy of OpenBLAS; how it is started is in `CSupport/blas.c`.
public enum BLAS {
  /// The processor family whose kernels it runs.
  public static var coreName: String { String(cString: support_blas_core_name()) }
}
