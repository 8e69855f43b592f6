import Sampling
import TensorCore

/// Every sampler, with settings that suit a quadratic whose U has curvatures near 200: nbeta 100, and 2 in the loss.
enum Rule: CaseIterable, Sendable {
  case sgld, rmsprop, uncorrectedRMSProp, adam, sghmc, sgnht, underdamped, mala, hmc

  static let rejecting: [Rule] = [.mala, .hmc]
  static let withMomentum: [Rule] = [.sghmc, .sgnht, .underdamped]

  var lr: Double {
    switch self {
    case .sgld, .rmsprop, .uncorrectedRMSProp: 1e-3
    case .adam: 1e-4
    case .sghmc, .sgnht: 2e-4
    case .underdamped: 0.04
    case .mala: 5e-3
    case .hmc: 0.08
    }
  }

  func make<T: Scalar>(
    _ posterior: Posterior<T> = Posterior(nbeta: 100, localization: 1), lr: Double? = nil,
    noiseLevel: Double = 1, dimension: Int
  ) throws -> any Sampler<T> {
    let lr = lr ?? self.lr
    func secondMoment(initial: Double, isCorrected: Bool) -> SecondMoment {
      SecondMoment(decay: 0.99, epsilon: 0.1, initial: initial, isCorrected: isCorrected)
    }
    switch self {
    case .sgld: return SGLD(posterior, lr: lr, noiseLevel: noiseLevel)
    case .rmsprop, .uncorrectedRMSProp:
      let isCorrected = self == .rmsprop
      return try RMSPropSGLD(
        posterior, lr: lr, noiseLevel: noiseLevel,
        secondMoment: secondMoment(initial: isCorrected ? 1 : 0, isCorrected: isCorrected),
        dimension: dimension)
    case .adam:
      return try AdamSGLD(
        posterior, lr: lr, noiseLevel: noiseLevel, firstDecay: 0.5,
        secondMoment: secondMoment(initial: 0, isCorrected: true), dimension: dimension)
    case .sghmc:
      return try SGHMC(posterior, lr: lr, friction: 0.2, noiseLevel: noiseLevel, dimension: dimension)
    case .sgnht:
      return try SGNHT(posterior, lr: lr, friction: 0.02, noiseLevel: noiseLevel, dimension: dimension)
    case .underdamped:
      return try UnderdampedLangevin(
        posterior, lr: lr, friction: 10, noiseLevel: noiseLevel, dimension: dimension)
    case .mala: return try HMC.mala(posterior, lr: lr, dimension: dimension)
    case .hmc: return try HMC(posterior, lr: lr, leapfrogSteps: 5, dimension: dimension)
    }
  }
}
