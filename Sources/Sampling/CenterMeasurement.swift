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

  /// So many samples of those that there are.
  static func sampleCount(of all: Int, batchSize: Int) -> Int { min(all, batchLimit * batchSize) }
}

extension Chain {
  /// A stream of minibatches that no chain uses.
  private static var measuringStream: Int { Int(UInt32.max) }

  /// The loss and its gradient at the centre, over all samples, or as many random minibatches as the limit allows. At a
  /// minimum the gradient is near zero. Nil where the run has been cancelled. The chain begins anew afterwards.
  ///
  /// - Parameter kept: where the losses of all samples are kept, if all are looked at.
  func measureCenter(
    _ evaluator: Evaluator<T>, keepingLosses kept: CenterLosses<T>, control: RunControl
  ) -> CenterMeasurement? {
    restart(number: Self.measuringStream)
    let (all, size) = (evaluator.potential.sampleCount, batch.count)
    var found = CenterMeasurement(samples: CenterMeasurement.sampleCount(of: all, batchSize: size))
    // The displacement is free until a chain begins: it holds the sum.
    let sum = state.displacement
    var seen = 0
    evaluator.potential.interruption = control
    while seen < found.samples {
      let rows = found.samples < all ? batch : .range(start: seen, count: min(size, all - seen))
      let loss = evaluator.gradient(of: rows, for: self)
      if control.isCancelled { return nil }
      if found.samples == all { kept.keep(evaluator.lastLosses, from: seen, count: rows.count) }
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
