import TensorCore

extension HMC {
  /// The Metropolis-adjusted Langevin algorithm (Roberts & Tweedie 1996) on the full data: a Langevin step
  ///
  ///     w′ = w − (lr/2) A ∇U(w) + √(lr A) z
  ///
  /// and the Metropolis–Hastings decision. It is HMC with one leapfrog step of size √lr in time (Neal 2011, §5.2): the
  /// proposal is the same, and so is the ratio.
  public static func mala(_ posterior: Posterior<T>, lr: Double, dimension: Int) throws(OutOfMemory) -> HMC {
    try HMC(posterior, timeStep: { ($0 * lr).squareRoot() }, leapfrogSteps: 1, dimension: dimension)
  }
}
