import CSupport
import Glibc

/// The instruction set that the kernels run on.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// x86-64 as every processor has it.
  case baseline
  /// x86-64-v3: AVX2, FMA, BMI.
  case v3
  /// x86-64-v4: AVX-512 (F, BW, DQ, VL, CD).
  case v4

  /// The one in use. The environment variable `SWIFTLLC_SIMD` (`baseline`, `v3` or `v4`) overrides the choice.
  public static let current = choose(wanted: getenv("SWIFTLLC_SIMD").map { String(cString: $0) })

  /// Those that this processor has, the best one last.
  package static var available: [InstructionSet] {
    allCases.filter { support_cpu_level() >= $0.level }
  }

  /// The best this processor has.
  package static var best: InstructionSet { available.last ?? .baseline }

  /// What is wanted, where it is known and the processor has it; else the best.
  package static func choose(wanted: String?) -> InstructionSet {
    available.first { $0.rawValue == wanted } ?? best
  }

  /// Of x86-64, as the psABI counts them.
  private var level: Int32 {
    switch self {
    case .baseline: 1
    case .v3: 3
    case .v4: 4
    }
  }

  /// As it is usually called.
  public var architecture: String { self == .baseline ? "x86-64" : "x86-64-\(rawValue)" }
}
