import Glibc
import TensorCore

/// A rule that lowers the loss, with the vectors it remembers.
public enum Optimizer: Sendable {
  case sgd(momentum: Double)
  /// Kingma & Ba 2015, algorithm 1.
  case adam(beta1: Double, beta2: Double, epsilon: Double)

  var vectorCount: Int {
    switch self {
    case .sgd: 1
    case .adam: 2
    }
  }

  /// Step number `step`, from 1. `memory` holds `vectorCount` vectors of the parameters' length, zero at first.
  func update<T: Scalar>(
    count: Int, step: Int, lr: Double, weightDecay: Double, gradient: UnsafePointer<T>,
    memory: UnsafeMutablePointer<T>, parameters: UnsafeMutablePointer<T>
  ) {
    switch self {
    case .sgd(let momentum):
      T.kernels.sgdUpdate(
        count: count, lr: T(lr), momentum: T(momentum), weightDecay: T(weightDecay), gradient: gradient,
        velocity: memory, parameters: parameters)
    case .adam(let beta1, let beta2, let epsilon):
      T.kernels.adamUpdate(
        count: count, lr: T(lr), beta1: T(beta1), beta2: T(beta2), epsilon: T(epsilon),
        weightDecay: T(weightDecay), firstCorrection: T(1 - pow(beta1, Double(step))),
        secondCorrection: T(1 - pow(beta2, Double(step))), gradient: gradient, firstMoment: memory,
        secondMoment: memory + count, parameters: parameters)
    }
  }
}
