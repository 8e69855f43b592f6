import KernelInterface
import TensorCore

/// The length of a combination of gradients, from far fewer numbers than they have elements: each element is added, with a
/// random sign, to one of `limit` sums (a count sketch: Charikar, Chen & Farach-Colton 2002). Its expectation over the
/// signs is exact, and its relative standard error is at most √(2 / `limit`), one percent. Up to `limit` elements each
/// has a sum of its own, and it is the length.
package final class GradientSketch<T: Scalar> {
  private static var limit: Int { 1 << 14 }

  private let count: Int
  private let size: Int
  private let sums: Memory<Double>
  private let signs: Memory<UInt32>

  package init(count: Int) throws(OutOfMemory) {
    self.count = count
    size = max(1, min(count, Self.limit))
    sums = try Memory(repeating: 0, count: size)
    signs = try Memory(count: (size + 31) / 32)
  }

  package func clear() { sums.pointer.initialize(repeating: 0, count: size) }

  /// Adds `factor` √A g, where A is 1 if it is nil. What is added together has the same seed and step.
  package func add(
    _ gradient: UnsafePointer<T>, factor: Double, preconditioner: UnsafePointer<T>?, seed: UInt64, step: Int
  ) {
    for start in stride(from: 0, to: count, by: size) {
      let stream = RandomStream(
        seed: seed, chain: UInt32(truncatingIfNeeded: start / size), purpose: .sketch, step: UInt64(step))
      let part = min(size, count - start)
      T.kernels.randomWords(count: (part + 31) / 32, stream: stream, words: signs.pointer)
      T.kernels.addWithSigns(
        count: part, factor: factor, signs: signs.pointer, weights: preconditioner.map { $0 + start },
        gradient + start, to: sums.pointer)
    }
  }

  /// Σ A g² of what has been added.
  package var squaredLength: Double { Double.kernels.dot(count: size, sums.pointer, sums.pointer) }
}
