import Glibc
import TensorCore

extension ChainRunner {
  /// Minibatches that the gradient at the centre is averaged over, at most: so that this diagnostic costs no more
  /// than as many steps of a chain.
  private static var gradientBatchLimit: Int { 64 }
  /// A stream of minibatches that no chain uses.
  private static var gradientStream: UInt32 { .max }

  /// Euclidean norm of the mean loss's gradient at the centre, over all samples or as many full
  /// minibatches, drawn without replacement, as the limit allows. At a minimum it is near zero.
  func gradientNorm(at center: UnsafePointer<Element>, control: RunControl) -> Double {
    let count = min(Self.gradientBatchLimit, batches.sampleCount / batches.batchSize)
    batches.restart(seed: seed, chain: Self.gradientStream)
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    sum.zero(count: state.dimension)
    for _ in 0..<count {
      if control.isCancelled { return .nan }
      potential.gradient(of: batches.next(), at: center, losses: losses.pointer, into: state.gradient)
      Element.kernels.addRowVector(rows: 1, columns: state.dimension, vector: state.gradient, matrix: sum)
    }
    return sqrt(Element.kernels.dot(count: state.dimension, sum, sum)) / Double(count)
  }
}
