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

  /// ‖p‖²
  func squaredNorm(_ state: ChainState<T>) -> Double {
    T.kernels.dot(count: state.dimension, pointer, pointer)
  }

  /// Fresh normals of that standard deviation.
  func refresh(_ state: ChainState<T>, deviation: Double, stream: RandomStream) {
    // Also where they are not finite, which no factor of 0 undoes.
    pointer.zero(count: state.dimension)
    update(state, MomentumStep(decay: 0, noise: T(deviation)), stream)
  }

  /// One step (see `MomentumStep`), and back into the bounding box.
  func move(_ state: ChainState<T>, _ step: MomentumStep<T>, _ stream: RandomStream) {
    update(state, step, stream)
    state.confine(momentum: pointer)
  }

  func keep(in file: ChainFile) { file.vector(memory) }

  private func update(_ state: ChainState<T>, _ step: MomentumStep<T>, _ stream: RandomStream) {
    state.update(
      .momentum(
        step, posterior.terms, stream, preconditionerRoot: posterior.preconditioner?.root, momentum: pointer))
  }
}
