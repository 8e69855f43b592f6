import KernelInterface
import TensorCore

/// The momentum of one chain, and the steps made with it.
final class Momentum<T: Scalar> {
  private let posterior: Posterior<T>
  private let memory: Memory<T>
  var pointer: UnsafeMutablePointer<T> { memory.pointer }

  init(_ posterior: Posterior<T>, dimension: Int) throws(OutOfMemory) {
    self.posterior = posterior
    memory = try Memory(repeating: 0, count: dimension)
  }

  /// Fresh normals of that standard deviation; returns Σ p².
  @discardableResult
  func refresh(_ state: ChainState<T>, deviation: Double, stream: RandomStream) -> Double {
    // Also where they are not finite, which no factor of 0 undoes.
    pointer.zero(count: state.dimension)
    return update(state, MomentumStep(decay: 0, noise: T(deviation)), stream)
  }

  /// One step (see `MomentumStep`), and back into the bounding box; returns Σ p².
  @discardableResult
  func move(_ state: ChainState<T>, _ step: MomentumStep<T>, _ stream: RandomStream) -> Double {
    let squares = update(state, step, stream)
    state.confine(momentum: pointer)
    return squares
  }

  private func update(_ state: ChainState<T>, _ step: MomentumStep<T>, _ stream: RandomStream) -> Double {
    T.kernels.momentumUpdate(
      count: state.dimension, step: step, terms: posterior.terms, stream: stream, center: state.center,
      gradient: state.gradient, preconditionerRoot: posterior.preconditioner?.root,
      displacement: state.displacement, parameters: state.parameters, momentum: pointer)
  }
}
