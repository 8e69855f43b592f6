/// The shared library that Python and C load: nothing but the C functions of `CExports`.
@_exported import CExports
