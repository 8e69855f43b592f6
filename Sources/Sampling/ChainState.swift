import TensorCore

/// The vectors of one running chain.
///
/// What the chain moves is the displacement u = w − w*, kept in its own vector: where |w| is large, a step far
/// below the spacing of floats around w is still not lost.
public final class ChainState<T: Scalar> {
  public let dimension: Int
  /// w*, shared by all chains.
  public let center: UnsafePointer<T>
  /// u
  public let displacement: UnsafeMutablePointer<T>
  /// w = w* + u, rounded
  public let parameters: UnsafeMutablePointer<T>
  /// The gradient of the mean loss at w.
  public let gradient: UnsafeMutablePointer<T>
  /// The last change of u, where it was asked for.
  public let move: UnsafeMutablePointer<T>?

  private let memory: Memory<T>

  public init(center: UnsafePointer<T>, dimension: Int, keepsMove: Bool) throws(OutOfMemory) {
    self.dimension = dimension
    self.center = center
    memory = try Memory(count: dimension * (keepsMove ? 4 : 3))
    displacement = memory.pointer
    parameters = memory.pointer + dimension
    gradient = memory.pointer + 2 * dimension
    move = keepsMove ? memory.pointer + 3 * dimension : nil
    restart()
  }

  /// Back to the centre.
  public func restart() {
    displacement.zero(count: dimension)
    parameters.update(from: center, count: dimension)
  }
}
