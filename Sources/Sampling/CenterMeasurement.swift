import Glibc
import TensorCore

/// What is known of the loss at the centre: its mean, and the Euclidean norm of the mean's gradient.
struct CenterMeasurement {
  var loss = 0.0
  var gradientNorm = 0.0
  /// Over how many samples.
  let samples: Int

  /// Minibatches that are looked at, at most: so that this costs no more than as many steps of a chain.
  static var batchLimit: Int { 16 }
}

extension Chain {
  /// A stream of minibatches that no chain uses.
  private static var measuringStream: Int { Int(UInt32.max) }

  /// The loss and its gradient at the centre, over all samples, or as many random minibatches as the limit allows. At a
  /// minimum the gradient is near zero. Nil where the run has been cancelled. The chain begins anew afterwards.
  func measureCenter(_ evaluator: Evaluator<T>, control: RunControl) -> CenterMeasurement? {
    restart(number: Self.measuringStream)
    let (all, size) = (evaluator.potential.sampleCount, batch.count)
    var found = CenterMeasurement(samples: min(all, CenterMeasurement.batchLimit * size))
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    var seen = 0
    evaluator.potential.interruption = control
    while seen < found.samples {
      let rows = found.samples < all ? batch : .range(start: seen, count: min(size, all - seen))
      let loss = evaluator.gradient(of: rows, for: self)
      if control.isCancelled { return nil }
      gatherGradient()
      found.loss += Double(rows.count) / Double(found.samples) * loss
      T.add(state.gradient, times: T(rows.count) / T(found.samples), to: sum, count: state.dimension)
      seen += rows.count
      nextBatch()
    }
    found.gradientNorm = sqrt(T.kernels.dot(count: state.dimension, sum, sum))
    return found
  }
}
