import KernelInterface
import TensorCore

/// A rule that moves all parameters alike, which a team does together.
enum ParameterUpdate<T: Scalar> {
  case langevin(
    LangevinStep<T>, PosteriorTerms<T>, RandomStream, gradient: UnsafePointer<T>,
    preconditioner: UnsafePointer<T>?)
  case momentum(
    MomentumStep<T>, PosteriorTerms<T>, RandomStream, preconditionerRoot: UnsafePointer<T>?,
    momentum: UnsafeMutablePointer<T>)
}

extension ChainState: TeamTask {
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  func update(_ update: ParameterUpdate<T>) {
    pending = update
    workspace.team.perform(self)
    pending = nil
  }

  /// Noise is made in blocks, which belong to one member each: the result does not depend on how many there are.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  public func perform(member: Int, of team: Team) {
    let share = team.share(of: dimension, member: member, block: T.kernels.noiseBlock)
    let (start, count) = (share.lowerBound, share.count)
    if count == 0 { return }
    switch pending {
    case .langevin(let step, let terms, let stream, let gradient, let preconditioner):
      T.kernels.langevinUpdate(
        from: start, count: count, step: step, terms: terms, stream: stream, center: center + start,
        gradient: gradient + start, preconditioner: preconditioner.map { $0 + start },
        displacement: displacement + start, parameters: parameters + start)
    case .momentum(let step, let terms, let stream, let root, let momentum):
      T.kernels.momentumUpdate(
        from: start, count: count, step: step, terms: terms, stream: stream, center: center + start,
        gradient: gradient + start, preconditionerRoot: root.map { $0 + start },
        displacement: displacement + start, parameters: parameters + start, momentum: momentum + start)
    case nil: break
    }
  }
}
