import KernelInterface
import TensorCore

/// The localised, tempered posterior p(w) ∝ exp(−U(w)) that the chains sample (Lau et al., arXiv 2308.12108),
///
///     U(w) = nbeta L(w) + (localization/2) ‖w − w*‖² + (weightDecay/2) ‖w‖²,
///
/// with L the mean loss; and the diagonal preconditioner A that they move with.
public struct Posterior<T: Scalar>: Sendable {
  /// In which metric the localisation pulls.
  public enum LocalizationMetric: Int32, Sendable {
    /// (localization/2) ‖w − w*‖²
    case isotropic = 0
    /// (localization/2) (w − w*)ᵀ A⁻¹ (w − w*): only this form keeps λ̂ unchanged when a rescaling symmetry of
    /// the network rescales w and A together.
    case preconditioner = 1
  }

  public let nbeta: Double
  public let preconditioner: Preconditioner<T>?
  let terms: PosteriorTerms<T>
  private let localization: Double
  private let weightDecay: Double
  private let metric: LocalizationMetric

  public init(
    nbeta: Double, localization: Double, weightDecay: Double = 0, preconditioner: Preconditioner<T>? = nil,
    localizationMetric: LocalizationMetric = .isotropic
  ) {
    self.nbeta = nbeta
    self.localization = localization
    self.weightDecay = weightDecay
    self.preconditioner = preconditioner
    metric = localizationMetric
    let isIsotropic = localizationMetric == .isotropic
    terms = PosteriorTerms(
      nbeta: T(nbeta), localization: T(isIsotropic ? localization : 0),
      metricLocalization: T(isIsotropic ? 0 : localization), weightDecay: T(weightDecay))
  }

  /// U where the chain is, from the mean loss there.
  func energy(_ state: ChainState<T>, loss: Double) -> Double {
    let (u, w) = (UnsafePointer(state.displacement), UnsafePointer(state.parameters))
    let distance =
      switch (metric, preconditioner) {
      case (.preconditioner, let a?): T.kernels.squaredNorm(count: state.dimension, over: a.diagonal, u)
      default: T.kernels.dot(count: state.dimension, u, u)
      }
    let decay = weightDecay == 0 ? 0 : weightDecay * T.kernels.dot(count: state.dimension, w, w)
    return nbeta * loss + (localization * distance + decay) / 2
  }

  /// ∇U at `displacement`, elements `start` ..< `start + count`, from the gradient of the loss there in `state`.
  func gradient(
    _ state: ChainState<T>, at displacement: UnsafePointer<T>, from start: Int, count: Int,
    into gradient: UnsafeMutablePointer<T>
  ) {
    gradient.update(from: state.gradient + start, count: count)
    T.kernels.posteriorGradient(
      count: count, terms: terms, center: state.center + start, displacement: displacement + start,
      preconditioner: preconditioner.map { $0.diagonal + start }, gradient: gradient)
  }
}

/// A constant diagonal preconditioner A > 0, shared by all chains.
public final class Preconditioner<T: Scalar>: @unchecked Sendable {
  private let memory: Memory<T>
  let diagonal: UnsafePointer<T>
  /// √A
  let root: UnsafePointer<T>

  /// Copies A's diagonal; of the parameters that a restriction leaves free, where there is one.
  public init(_ values: UnsafePointer<T>, dimension: Int, restriction: Restriction<T>? = nil)
    throws(OutOfMemory)
  {
    let count = restriction?.count ?? dimension
    memory = try Memory(count: 2 * count)
    let copy = memory.pointer
    if let restriction {
      restriction.gather(from: values, into: copy)
    } else {
      copy.update(from: values, count: count)
    }
    for i in 0..<count { copy[count + i] = copy[i].squareRoot() }
    diagonal = UnsafePointer(copy)
    root = UnsafePointer(copy + count)
  }
}
