import CSupport
import Glibc

/// The instruction set that the kernels run on.
public enum InstructionSet: String, Sendable {
  /// x86-64 as every processor has it.
  case baseline
  /// x86-64-v3: AVX2, FMA, BMI.
  case v3

  /// The one in use. The environment variable `SWIFTLLC_SIMD` (`baseline` or `v3`) overrides the choice.
  public static let current = choose(wanted: getenv("SWIFTLLC_SIMD").map { String(cString: $0) })

  /// The best this processor has.
  package static var best: InstructionSet { support_cpu_has_v3() != 0 ? .v3 : .baseline }

  /// What is wanted, where it is known and the processor has it; else the best.
  package static func choose(wanted: String?) -> InstructionSet {
    wanted == InstructionSet.baseline.rawValue ? .baseline : best
  }

  /// As it is usually called.
  public var architecture: String { self == .v3 ? "x86-64-v3" : "x86-64" }
}
