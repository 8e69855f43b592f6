import CSupport
import CSwiftLLC
import KernelDispatch
import TensorCore

@_cdecl("sllc_abi_version")
public func sllc_abi_version() -> Int32 { SLLC_ABI_VERSION }

@_cdecl("sllc_version")
public func sllc_version() -> UnsafePointer<CChar> { constant("0.1.0") }

@_cdecl("sllc_hardware")
public func sllc_hardware() -> UnsafePointer<CChar> { hardware.pointer }

@_cdecl("sllc_last_error")
public func sllc_last_error() -> UnsafePointer<CChar> { support_error_get() }

@_cdecl("sllc_array_first_nonfinite")
public func sllc_array_first_nonfinite(
  _ array: UnsafeRawPointer?, _ precision: Int32, _ count: Int64, _ index: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  status {
    let index = try require(index, "index")
    try requireCount(count, "count")
    func search<T: Scalar>(_: T.Type) throws -> Int? {
      if count == 0 { return nil }
      let values = try require(array, "array").assumingMemoryBound(to: T.self)
      return T.kernels.firstNonfinite(count: Int(count), values)
    }
    let found =
      switch try scalarPrecision(precision) {
      case .float32: try search(Float.self)
      case .float64: try search(Double.self)
      }
    index.pointee = Int64(found ?? -1)
  }
}

/// The precision that a C constant names.
func scalarPrecision(_ value: Int32) throws(InvalidArgument) -> Precision {
  guard let precision = Precision(rawValue: value) else {
    throw InvalidArgument("precision is \(value); it must be SLLC_FLOAT32 (0) or SLLC_FLOAT64 (1)")
  }
  return precision
}

private func constant(_ string: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// A C string that lives as long as the library.
private struct LastingString: @unchecked Sendable {
  let pointer: UnsafePointer<CChar>
  init(_ string: String) {
    let bytes = Array(string.utf8CString)
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    memory.initialize(from: bytes, count: bytes.count)
    pointer = UnsafePointer(memory)
  }
}

private let hardware = LastingString(
  "kernels \(InstructionSet.current.architecture), OpenBLAS \(BLAS.coreName)")
