/// The constants of the gradient of a localised, tempered posterior's potential U.
///
/// With u = w − w* (the displacement), g the gradient of the loss, and A a diagonal preconditioner (1 where absent):
///
///     ∇U = nbeta g + localization u + weightDecay w + metricLocalization u / A
///
/// `localization` is the isotropic pull (γ/2)‖u‖²; `metricLocalization` the one in the metric of the preconditioner,
/// (γ/2) uᵀA⁻¹u. One of them is zero.
public struct PosteriorTerms<Element: BinaryFloatingPoint & Sendable>: Sendable {
  public var nbeta: Element
  public var localization: Element
  public var metricLocalization: Element
  public var weightDecay: Element

  public init(nbeta: Element, localization: Element, metricLocalization: Element, weightDecay: Element) {
    self.nbeta = nbeta
    self.localization = localization
    self.metricLocalization = metricLocalization
    self.weightDecay = weightDecay
  }
}
