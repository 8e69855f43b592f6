import TensorCore

/// The loss at the centre of the samples that a draw is measured on, which is subtracted from the draw's.
///
/// Where the draws look at as many samples as there are, that of each is computed once and kept. Where there are more,
/// as in a file that does not fit into memory, the draw's own are computed when it is recorded: so a run looks at the
/// samples of its batches alone.
final class CenterLosses<T: Scalar>: @unchecked Sendable {
  /// So few samples are gone through once in any case.
  static var fewSamples: Int { 65_536 }

  let areKept: Bool
  private let center: Center<T>
  private let sampleCount: Int
  /// Of every sample, if they are kept.
  private let losses: Memory<Double>

  /// - Parameter drawnSamples: how many samples all draws look at, or nil where those are too many to count.
  init(_ center: Center<T>, sampleCount: Int, drawnSamples: Int?) throws(OutOfMemory) {
    self.center = center
    self.sampleCount = sampleCount
    areKept = sampleCount <= max(Self.fewSamples, drawnSamples ?? .max)
    losses = try Memory(count: areKept ? sampleCount : 0)
  }

  /// Computes and keeps those of `count` samples from `start` on.
  func keep(from start: Int, count: Int, _ evaluator: Evaluator<T>) {
    evaluator.potential.losses(
      of: .range(start: start, count: count), at: center.full, into: losses.pointer + start)
  }

  /// Keeps those of `count` samples from `start` on, if they are kept.
  func keep(_ values: UnsafePointer<Double>, from start: Int, count: Int) {
    if areKept { (losses.pointer + start).update(from: values, count: count) }
  }

  /// The mean of all that are kept.
  var mean: Double { Sampling.mean(losses.pointer, sampleCount) }

  /// The mean over these rows.
  func mean(of rows: Rows, _ evaluator: Evaluator<T>) -> Double {
    areKept ? Sampling.mean(of: losses.pointer, rows) : evaluator.loss(of: rows, at: center.full)
  }
}
