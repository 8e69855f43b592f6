import CSupport
import Glibc

/// The instruction set that the kernels run on.
public enum InstructionSet: String, Sendable {
  /// x86-64 as every processor has it.
  case baseline
  /// x86-64-v3: AVX2, FMA, BMI.
  case v3

  /// The best this processor has, unless the environment asks for `SWIFTLLC_SIMD=baseline`. Asking
  /// for what the processor lacks, or for something unknown, changes nothing.
  public static let current: InstructionSet = {
    let wanted = getenv("SWIFTLLC_SIMD").flatMap { InstructionSet(rawValue: String(cString: $0)) }
    return support_cpu_has_v3() != 0 ? wanted ?? .v3 : .baseline
  }()
}
