import KernelInterface
import TensorCore

/// Stochastic gradient Langevin dynamics (Welling & Teh 2011) in the localised, tempered posterior (Lau et al.
/// 2023), with a constant diagonal preconditioner A:
///
///     U(w) = nbeta L(w) + (localization/2) ‖w − w*‖² + (weightDecay/2) ‖w‖²
///     w    ← w − (lr/2) A ∇U(w) + √(lr A) noiseLevel z
public struct SGLD<T: Scalar>: Sampler {
  /// In which metric the localisation pulls.
  public enum LocalizationMetric: Int32, Sendable {
    /// (localization/2) ‖w − w*‖²
    case isotropic = 0
    /// (localization/2) (w − w*)ᵀ A⁻¹ (w − w*): only this form keeps λ̂ unchanged when a rescaling symmetry of
    /// the network rescales w and A together.
    case preconditioner = 1
  }

  /// A's diagonal; its owner keeps it.
  struct Preconditioner: @unchecked Sendable { let diagonal: UnsafePointer<T> }

  private let constants: LangevinStep<T>
  private let lr: Double
  private let nbeta: Double
  private let noiseLevel: Double
  private let preconditioner: Preconditioner?

  public init(
    lr: Double, nbeta: Double, localization: Double, noiseLevel: Double = 1, weightDecay: Double = 0,
    preconditioner: UnsafePointer<T>? = nil, localizationMetric: LocalizationMetric = .isotropic
  ) {
    self.lr = lr
    self.nbeta = nbeta
    self.noiseLevel = noiseLevel
    self.preconditioner = preconditioner.map { Preconditioner(diagonal: $0) }
    let isIsotropic = localizationMetric == .isotropic
    constants = LangevinStep(
      lr: T(lr), nbeta: T(nbeta), localization: T(isIsotropic ? localization : 0),
      metricLocalization: T(isIsotropic ? 0 : localization), weightDecay: T(weightDecay),
      noiseLevel: T(noiseLevel))
  }

  public func step(_ state: ChainState<T>, stream: RandomStream, keepingMove: Bool) {
    T.kernels.langevinUpdate(
      count: state.dimension, step: constants, stream: stream, center: state.center,
      gradient: state.gradient, preconditioner: preconditioner?.diagonal, displacement: state.displacement,
      parameters: state.parameters, move: keepingMove ? state.move : nil)
  }

  /// A Langevin step is the proposal of MALA (Roberts & Tweedie 1996). With d = w' − w, G = ∇U, and primes after
  /// the move,
  ///
  ///     log α = U − U' + ½ d·(G + G') − (lr/8) (G'ᵀAG' − GᵀAG)
  ///
  /// in which the quadratic terms of U cancel exactly against their part of ½ d·(G + G'), so that only the loss
  /// is differenced. With noise level σ the law sampled is exp(−U/σ²), and everything is divided by σ².
  public func logAcceptance(
    losses: (before: Double, after: Double), slopes: (before: Double, after: Double),
    norms: (before: Double, after: Double)
  ) -> Double {
    let loss = nbeta * (losses.before - losses.after + (slopes.before + slopes.after) / 2)
    return (loss - lr / 8 * (norms.after - norms.before)) / (noiseLevel * noiseLevel)
  }

  public func squaredNorm(_ state: ChainState<T>, beforeMove: Bool) -> Double {
    T.kernels.potentialGradient(
      count: state.dimension, step: constants, displacement: state.displacement,
      parameters: state.parameters, preconditioner: preconditioner?.diagonal,
      undoing: beforeMove ? state.move : nil, gradient: state.gradient)
    guard let diagonal = preconditioner?.diagonal else {
      return T.kernels.dot(count: state.dimension, state.gradient, state.gradient)
    }
    return T.kernels.weightedDot(
      count: state.dimension, weights: diagonal, state.gradient, state.gradient)
  }
}
