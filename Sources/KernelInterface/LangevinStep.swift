/// The constants of one stochastic-gradient Langevin step, the same for every parameter.
///
/// With u = w − w* (the displacement), g the loss gradient, A the preconditioner (1 where absent):
///
///     drift = A (nbeta g + localization u + weightDecay w) + metricLocalization u
///     u    ← u − (lr / 2) drift + √(lr A) noiseLevel z,      z ~ N(0, 1)
///     w    ← w* + u
///
/// `localization` is the isotropic pull (γ/2)‖u‖²; `metricLocalization` the one in the metric of the
/// preconditioner, (γ/2) uᵀA⁻¹u. One of them is zero.
public struct LangevinStep<Element: BinaryFloatingPoint & Sendable>: Sendable {
  public var lr: Element
  public var nbeta: Element
  public var localization: Element
  public var metricLocalization: Element
  public var weightDecay: Element
  public var noiseLevel: Element

  public init(
    lr: Element, nbeta: Element, localization: Element, metricLocalization: Element,
    weightDecay: Element, noiseLevel: Element
  ) {
    self.lr = lr
    self.nbeta = nbeta
    self.localization = localization
    self.metricLocalization = metricLocalization
    self.weightDecay = weightDecay
    self.noiseLevel = noiseLevel
  }
}
