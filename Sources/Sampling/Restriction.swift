import TensorCore

/// Which parameters move. The others stay what they are at the centre, bit for bit: a chain does not see them at all, but
/// lives in the space of the free ones, and its position is copied into the full vector before the loss is asked for.
public final class Restriction<T: Scalar>: @unchecked Sendable {
  /// The number of free parameters, and of all.
  public let count: Int
  public let fullCount: Int
  /// Runs of free parameters: where each begins, and how long it is.
  private let runs: Memory<(start: Int, count: Int)>

  /// - Parameter mask: of each parameter, whether it is free (not zero).
  public init(mask: UnsafePointer<UInt8>, fullCount: Int) throws(OutOfMemory) {
    self.fullCount = fullCount
    var runCount = 0
    for i in 0..<fullCount where mask[i] != 0 && (i == 0 || mask[i - 1] == 0) { runCount += 1 }
    runs = try Memory(count: runCount)
    var free = 0
    var run = -1
    for i in 0..<fullCount where mask[i] != 0 {
      if i == 0 || mask[i - 1] == 0 {
        run += 1
        runs.pointer[run] = (i, 0)
      }
      runs.pointer[run].count += 1
      free += 1
    }
    count = free
  }

  /// The free ones of a full vector.
  func gather(from full: UnsafePointer<T>, into free: UnsafeMutablePointer<T>) {
    var offset = 0
    for run in 0..<runs.count {
      let (start, count) = runs.pointer[run]
      (free + offset).update(from: full + start, count: count)
      offset += count
    }
  }

  /// Puts the free ones where they belong in a full vector, and leaves the rest of it.
  func scatter(_ free: UnsafePointer<T>, into full: UnsafeMutablePointer<T>) {
    var offset = 0
    for run in 0..<runs.count {
      let (start, count) = runs.pointer[run]
      (full + start).update(from: free + offset, count: count)
      offset += count
    }
  }
}
