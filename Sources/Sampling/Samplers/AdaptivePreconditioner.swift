import Glibc
import TensorCore

/// A preconditioner that follows the squared gradients of the loss,
///
///     v ← decay v + (1 − decay) ∇L²,   v̂ = v / correction,   A = 1 / (√v̂ + epsilon)
///
/// An A that changes with w would ask for a further drift, Σ_j ∂A_ij/∂w_j, which all published variants leave out: so by
/// default A is frozen when the burn-in ends, and the law is then that of a constant preconditioner.
final class AdaptivePreconditioner<T: Scalar> {
  private let rule: SecondMoment
  private let freezesAfterBurnin: Bool
  private let dimension: Int
  /// v and A
  private let memory: Memory<T>
  private var updates = 0
  var diagonal: UnsafePointer<T> { UnsafePointer(memory.pointer + dimension) }

  init(_ rule: SecondMoment, freezesAfterBurnin: Bool, dimension: Int) throws(OutOfMemory) {
    self.rule = rule
    self.freezesAfterBurnin = freezesAfterBurnin
    self.dimension = dimension
    memory = try Memory(count: 2 * dimension)
  }

  func restart() {
    updates = 0
    for i in 0..<dimension {
      memory.pointer[i] = T(rule.initial)
      // There is none before the first move: what is measured with it then is no number.
      memory.pointer[dimension + i] = .nan
    }
  }

  func keep(in file: ChainFile) {
    file.vector(memory)
    file.value(&updates)
  }

  /// Takes one more gradient of the loss, unless it is frozen. It begins with one, also where there is no burn-in.
  func update(_ gradient: UnsafePointer<T>, _ step: Step) {
    if freezesAfterBurnin && !step.isBurnin && updates > 0 { return }
    updates += 1
    T.kernels.secondMomentUpdate(
      count: dimension, decay: T(rule.decay),
      correction: T(rule.isCorrected ? 1 - pow(rule.decay, Double(updates)) : 1), epsilon: T(rule.epsilon),
      gradient: gradient, secondMoment: memory.pointer, preconditioner: memory.pointer + dimension)
  }
}

/// How the second moment of the gradients is kept.
public struct SecondMoment: Sendable {
  let decay: Double
  let epsilon: Double
  /// v before the first step.
  let initial: Double
  /// Whether v is divided by 1 − decayᵗ after t updates.
  let isCorrected: Bool

  public init(decay: Double, epsilon: Double, initial: Double, isCorrected: Bool) {
    self.decay = decay
    self.epsilon = epsilon
    self.initial = initial
    self.isCorrected = isCorrected
  }
}
