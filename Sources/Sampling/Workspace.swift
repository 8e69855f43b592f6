import TensorCore

/// The vectors that a chain needs only while it goes from one step to the next: where its potential is evaluated, the
/// gradient there, and where a move began that is checked. A thread that moves several chains by turns has one for all of them.
public final class Workspace<T: Scalar> {
  /// w, and the gradient of the mean loss there, over the parameters that are free.
  let parameters: UnsafeMutablePointer<T>
  let gradient: UnsafeMutablePointer<T>
  /// Where a move that is checked began, if its sampler asks for that.
  let spare: UnsafeMutablePointer<T>?
  /// The same two over all parameters of the model: the same memory, where all of them are free.
  let fullParameters: UnsafeMutablePointer<T>
  let fullGradient: UnsafeMutablePointer<T>

  /// Who moves chains here. It may be set once its members are there.
  var team = Team(size: 1)

  private let memory: Memory<T>

  public init(_ center: Center<T>, hasSpare: Bool) throws(OutOfMemory) {
    let (count, own) = (center.dimension, center.dimension * (hasSpare ? 3 : 2))
    memory = try Memory(count: own + (center.restriction == nil ? 0 : 2 * center.fullDimension))
    parameters = memory.pointer
    gradient = memory.pointer + count
    spare = hasSpare ? memory.pointer + 2 * count : nil
    fullParameters = center.restriction == nil ? parameters : memory.pointer + own
    fullGradient = center.restriction == nil ? gradient : fullParameters + center.fullDimension
  }
}
