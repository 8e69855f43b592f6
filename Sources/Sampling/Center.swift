import TensorCore

/// w*, where all chains begin: the full vector, and of it what moves.
public final class Center<T: Scalar>: @unchecked Sendable {
  public let restriction: Restriction<T>?
  /// The number of free parameters, and of all.
  public let dimension: Int
  let fullDimension: Int
  /// The free ones, and all.
  let free: UnsafePointer<T>
  let full: UnsafePointer<T>
  private let memory: Memory<T>

  /// - Parameter isBorrowed: whether `values` stay where and what they are as long as the centre lives; else they are
  ///   copied.
  public init(
    _ values: UnsafePointer<T>, dimension fullDimension: Int, restriction: Restriction<T>? = nil,
    isBorrowed: Bool = false
  ) throws(OutOfMemory) {
    self.restriction = restriction
    self.fullDimension = fullDimension
    dimension = restriction?.count ?? fullDimension
    let own = isBorrowed ? 0 : fullDimension
    memory = try Memory(count: own + (restriction?.count ?? 0))
    if !isBorrowed { memory.pointer.update(from: values, count: fullDimension) }
    full = isBorrowed ? values : UnsafePointer(memory.pointer)
    restriction?.gather(from: values, into: memory.pointer + own)
    free = restriction == nil ? full : UnsafePointer(memory.pointer + own)
  }
}
