/// The constants of one overdamped Langevin step, the same for every parameter:
///
///     u ← u − (lr / 2) A ∇U + √(lr A) noiseLevel z,   w ← w* + u,      z ~ N(0, 1)
public struct LangevinStep<Element: BinaryFloatingPoint & Sendable>: Sendable {
  public var lr: Element
  public var noiseLevel: Element

  public init(lr: Element, noiseLevel: Element) {
    self.lr = lr
    self.noiseLevel = noiseLevel
  }
}
