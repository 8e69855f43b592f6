import TensorCore

/// The vectors of one running chain, over the parameters that are free.
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
  /// Room for one more vector, if moves are to be checked.
  let spare: UnsafeMutablePointer<T>?
  /// The chain stays where every |u| is at most this.
  private let boundingBox: Double

  private let memory: Memory<T>

  public init(
    center: UnsafePointer<T>, dimension: Int, boundingBox: Double = .infinity, hasSpare: Bool = false
  )
    throws(OutOfMemory)
  {
    self.dimension = dimension
    self.center = center
    self.boundingBox = boundingBox
    memory = try Memory(count: dimension * (hasSpare ? 4 : 3))
    displacement = memory.pointer
    parameters = memory.pointer + dimension
    gradient = memory.pointer + 2 * dimension
    spare = hasSpare ? memory.pointer + 3 * dimension : nil
    restart()
  }

  /// Back to the centre.
  public func restart() {
    displacement.zero(count: dimension)
    parameters.update(from: center, count: dimension)
  }

  /// To that displacement.
  func moveTo(_ other: UnsafePointer<T>) {
    displacement.update(from: other, count: dimension)
    parameters.update(from: center, count: dimension)
    T.add(other, times: 1, to: parameters, count: dimension)
  }

  /// Reflects at the walls of the bounding box what a move has carried out of it.
  func confine(momentum: UnsafeMutablePointer<T>? = nil) {
    if boundingBox == .infinity { return }
    T.kernels.reflect(
      count: dimension, halfWidth: T(boundingBox), center: center, displacement: displacement,
      parameters: parameters, momentum: momentum)
  }

  /// ‖w − w*‖
  var distance: Double { T.kernels.dot(count: dimension, displacement, displacement).squareRoot() }
}
