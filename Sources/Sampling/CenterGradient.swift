import Glibc
import TensorCore

extension Chain {
  /// Minibatches that the gradient at the centre is averaged over, at most: so that this diagnostic costs no more
  /// than as many steps of a chain.
  private static var gradientBatchLimit: Int { 64 }
  /// A stream of minibatches that no chain uses.
  private static var gradientStream: Int { Int(UInt32.max) }

  /// Euclidean norm of the mean loss's gradient at the centre, over one epoch or as many of its minibatches as the
  /// limit allows. At a minimum it is near zero. The chain begins anew afterwards.
  func gradientNormAtCenter(_ evaluator: Evaluator<T>, control: RunControl) -> Double {
    restart(number: Self.gradientStream)
    let samples = min(evaluator.potential.sampleCount, Self.gradientBatchLimit * batch.count)
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    var seen = 0
    evaluator.potential.interruption = control
    while seen < samples {
      _ = evaluator.gradient(of: batch, for: self)
      if control.isCancelled { return .nan }
      gatherGradient()
      T.add(state.gradient, times: T(batch.count) / T(samples), to: sum, count: state.dimension)
      seen += batch.count
      nextBatch()
    }
    return sqrt(T.kernels.dot(count: state.dimension, sum, sum))
  }
}
