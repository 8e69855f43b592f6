import Glibc
import TensorCore

extension ChainRunner {
  /// Minibatches that the gradient at the centre is averaged over, at most: so that this diagnostic costs no more
  /// than as many steps of a chain.
  private static var gradientBatchLimit: Int { 64 }
  /// A stream of minibatches that no chain uses.
  private static var gradientStream: UInt32 { .max }

  /// Euclidean norm of the mean loss's gradient at the centre, over one epoch or as many of its minibatches as the
  /// limit allows. At a minimum it is near zero.
  func gradientNorm(at center: UnsafePointer<Element>, control: RunControl) -> Double {
    let samples = min(batches.sampleCount, Self.gradientBatchLimit * batches.batchSize)
    batches.restart(seed: seed, chain: Self.gradientStream)
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    sum.zero(count: state.dimension)
    var seen = 0
    potential.interruption = control
    while seen < samples {
      let rows = batches.next()
      potential.gradient(of: rows, at: center, losses: losses.pointer, into: state.gradient)
      if control.isCancelled { return .nan }
      Element.add(
        state.gradient, times: Element(rows.count) / Element(samples), to: sum, count: state.dimension)
      seen += rows.count
    }
    return sqrt(Element.kernels.dot(count: state.dimension, sum, sum))
  }
}
