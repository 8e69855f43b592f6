import Glibc
import TensorCore

extension Chain {
  /// Minibatches that the gradient at the centre is averaged over, at most: so that this diagnostic costs no more
  /// than as many steps of a chain.
  private static var gradientBatchLimit: Int { 64 }
  /// A stream of minibatches that no chain uses.
  private static var gradientStream: Int { Int(UInt32.max) }

  /// Euclidean norm of the mean loss's gradient at the centre, over all samples, or as many random minibatches as the
  /// limit allows. At a minimum it is near zero. The chain begins anew afterwards.
  func gradientNormAtCenter(_ evaluator: Evaluator<T>, control: RunControl) -> Double {
    restart(number: Self.gradientStream)
    let (all, size) = (evaluator.potential.sampleCount, batch.count)
    let samples = min(all, Self.gradientBatchLimit * size)
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    var seen = 0
    evaluator.potential.interruption = control
    while seen < samples {
      let rows = samples < all ? batch : .range(start: seen, count: min(size, all - seen))
      _ = evaluator.gradient(of: rows, for: self)
      if control.isCancelled { return .nan }
      gatherGradient()
      T.add(state.gradient, times: T(rows.count) / T(samples), to: sum, count: state.dimension)
      seen += rows.count
      nextBatch()
    }
    return sqrt(T.kernels.dot(count: state.dimension, sum, sum))
  }
}
