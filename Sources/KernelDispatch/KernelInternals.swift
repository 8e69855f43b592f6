import KernelsDouble
import KernelsDoubleV3
import KernelsDoubleV4
import KernelsFloat
import KernelsFloatV3
import KernelsFloatV4

/// What the kernels are built from, made visible to the tests.
package protocol KernelInternals<Element> {
  associatedtype Element

  static func philox(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32)
  static func exp(_ x: Element) -> Element
  static func tanh(_ x: Element) -> Element
  static func normalDistribution(_ x: Element) -> (cumulative: Element, bell: Element)
  static func minusLog(uniform word: UInt32) -> Element
  static func cosineSine(turns word: UInt32) -> (cosine: Element, sine: Element)
  /// The first `count` standard normals of the stream, by Box–Muller on its words. Both precisions use
  /// the same words, so float32 and float64 runs of one seed see the same noise up to rounding. An element
  /// is a function of its index alone, not of `count`; `Kernels/Normals.swift` says which.
  static func normals(
    count: Int, stream: RandomStream, values: UnsafeMutablePointer<Element>)
}

extension KernelsFloat.Kernels: KernelInternals {}
extension KernelsDouble.Kernels: KernelInternals {}
extension KernelsFloatV3.Kernels: KernelInternals {}
extension KernelsDoubleV3.Kernels: KernelInternals {}
extension KernelsFloatV4.Kernels: KernelInternals {}
extension KernelsDoubleV4.Kernels: KernelInternals {}
