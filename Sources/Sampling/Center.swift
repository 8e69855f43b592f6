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

  public init(_ values: UnsafePointer<T>, dimension fullDimension: Int, restriction: Restriction<T>? = nil)
    throws(OutOfMemory)
  {
    self.restriction = restriction
    self.fullDimension = fullDimension
    dimension = restriction?.count ?? fullDimension
    memory = try Memory(count: fullDimension + (restriction?.count ?? 0))
    memory.pointer.update(from: values, count: fullDimension)
    full = UnsafePointer(memory.pointer)
    restriction?.gather(from: values, into: memory.pointer + fullDimension)
    free = restriction == nil ? full : full + fullDimension
  }
}
