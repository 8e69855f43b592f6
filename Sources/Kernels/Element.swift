import CSupport
import KernelInterface

/// The kernels for `Element` on the instruction set this module is compiled for.
///
/// A module of this folder uses no array, string, class or generic of its own: their code would be
/// emitted as symbols that the linker shares between modules, and a processor without AVX could be
/// handed the copy that has it.
public enum Kernels: KernelSet {
  #if DOUBLE
    public typealias Element = Double
    typealias Bits = UInt64
  #else
    public typealias Element = Float
    typealias Bits = UInt32
  #endif
}

extension Kernels {
  /// a b + c. Rounded once where the processor does that in one instruction; elsewhere a fused
  /// operation would be a call of libm for every element.
  @inline(__always)
  static func multiplyAdd(_ a: Element, _ b: Element, _ c: Element) -> Element {
    #if FUSED_MULTIPLY_ADD
      c.addingProduct(a, b)
    #else
      a * b + c
    #endif
  }

  @inline(__always)
  static func squareRoot(_ x: Element) -> Element {
    #if DOUBLE
      support_sqrt_double(x)
    #else
      support_sqrt_float(x)
    #endif
  }
}
