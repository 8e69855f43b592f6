import CSupport
import CSwiftLLC
import Sampling
import TensorCore

/// Runs the body of a C function: an error becomes a status, and its message this thread's last error.
func status(_ body: () throws -> Void) -> sllc_status {
  do {
    try body()
    return sllc_status(SLLC_OK)
  } catch {
    support_error_set("\(error)")
    switch error {
    case is InvalidArgument: return sllc_status(SLLC_INVALID_ARGUMENT)
    case is OutOfMemory: return sllc_status(SLLC_OUT_OF_MEMORY)
    default: return sllc_status(SLLC_SYSTEM_ERROR)
    }
  }
}
