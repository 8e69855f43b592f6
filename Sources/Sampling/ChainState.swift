import TensorCore

/// The vectors of one chain, over the parameters that are free.
///
/// What the chain moves is the displacement u = w − w*, kept in its own vector: where |w| is large, a step far
/// below the spacing of floats around w is still not lost. All else is in the workspace that it moves in.
public final class ChainState<T: Scalar> {
  public let dimension: Int
  /// w*, shared by all chains.
  public let center: UnsafePointer<T>
  /// u
  public let displacement: UnsafeMutablePointer<T>
  /// w = w* + u, rounded
  public var parameters: UnsafeMutablePointer<T> { workspace.parameters }
  /// The gradient of the mean loss at w.
  public var gradient: UnsafeMutablePointer<T> { workspace.gradient }
  var spare: UnsafeMutablePointer<T>? { workspace.spare }
  private(set) var workspace: Workspace<T>
  /// What the team is doing with the chain.
  var pending: ParameterUpdate<T>?
  /// The chain stays where every |u| is at most this.
  private let boundingBox: Double

  private let memory: Memory<T>

  public init(_ center: Center<T>, boundingBox: Double = .infinity, in workspace: Workspace<T>)
    throws(OutOfMemory)
  {
    dimension = center.dimension
    self.center = center.free
    self.boundingBox = boundingBox
    self.workspace = workspace
    memory = try Memory(count: dimension)
    displacement = memory.pointer
    restart()
  }

  /// Back to the centre.
  public func restart() {
    displacement.zero(count: dimension)
    parameters.update(from: center, count: dimension)
  }

  /// Goes on in that workspace, from where it is.
  func enter(_ workspace: Workspace<T>) {
    self.workspace = workspace
    updateParameters()
  }

  /// The displacement, from which the rest follows.
  func keep(in file: ChainFile) {
    file.vector(memory)
    if file.isReading { updateParameters() }
  }

  /// To that displacement.
  func moveTo(_ other: UnsafePointer<T>) {
    displacement.update(from: other, count: dimension)
    updateParameters()
  }

  private func updateParameters() {
    parameters.update(from: center, count: dimension)
    T.add(displacement, times: 1, to: parameters, count: dimension)
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
