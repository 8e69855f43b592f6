import Glibc
import TensorCore

/// SGLD with the moments of Adam (Kingma & Ba 2015; as a sampler Hitchcock & Hoogland, arXiv 2507.21449): the
/// preconditioner A of `AdaptivePreconditioner`, and in the drift, in place of ∇L, its running mean
///
///     m ← firstDecay m + (1 − firstDecay) ∇L,   m̂ = m / (1 − firstDecayᵗ)
///     w ← w − (lr/2) A (nbeta m̂ + localization (w − w*) + weightDecay w) + √(lr A) noiseLevel z
///
/// Since m̂ is no gradient at w, its moves are no Metropolis proposals, and are not scored.
public final class AdamSGLD<T: Scalar>: Sampler {
  public let posterior: Posterior<T>
  private let move: LangevinMove<T>
  private let firstDecay: Double
  private let adaptive: AdaptivePreconditioner<T>
  /// m, and m̂
  private let memory: Memory<T>
  private let dimension: Int
  private var updates = 0

  public init(
    _ posterior: Posterior<T>, lr: Double, noiseLevel: Double = 1, firstDecay: Double,
    secondMoment: SecondMoment, freezesAfterBurnin: Bool = true, dimension: Int
  ) throws(OutOfMemory) {
    self.posterior = posterior
    move = LangevinMove(posterior, lr: lr, noiseLevel: noiseLevel)
    self.firstDecay = firstDecay
    self.dimension = dimension
    adaptive = try AdaptivePreconditioner(
      secondMoment, freezesAfterBurnin: freezesAfterBurnin, dimension: dimension)
    memory = try Memory(count: 2 * dimension)
  }

  public var preconditioner: UnsafePointer<T>? { adaptive.diagonal }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) { move.sizes(lrFactor: lrFactor) }

  public func restart(_ state: ChainState<T>, _ step: Step) {
    adaptive.restart()
    updates = 0
    memory.pointer.zero(count: dimension)
  }

  public func prepare(_ state: ChainState<T>, _ step: Step) { adaptive.update(state.gradient, step) }

  public func keep(in file: ChainFile) {
    adaptive.keep(in: file)
    file.vector(memory)
    file.value(&updates)
  }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    updates += 1
    let corrected = memory.pointer + dimension
    T.kernels.firstMomentUpdate(
      count: dimension, decay: T(firstDecay), correction: T(1 - pow(firstDecay, Double(updates))),
      gradient: state.gradient, firstMoment: memory.pointer, corrected: corrected)
    move.make(state, step, gradient: corrected, preconditioner: adaptive.diagonal)
  }
}
