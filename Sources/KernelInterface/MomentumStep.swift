/// The coefficients of one step with a momentum p, the same for every parameter:
///
///     p  ← decay p − kick √A ∇U
///     p′ ← retain p + noise z,                               z ~ N(0, 1)
///     u  ← u + √A (driftBefore p + driftAfter p′),   w ← w* + u
///     p  ← p′
///
/// The kick, friction and drift of every sampler with momenta are of this form.
public struct MomentumStep<Element: BinaryFloatingPoint & Sendable>: Sendable {
  public var decay: Element
  public var kick: Element
  public var retain: Element
  public var noise: Element
  public var driftBefore: Element
  public var driftAfter: Element

  public init(
    decay: Element = 1, kick: Element = 0, retain: Element = 1, noise: Element = 0, driftBefore: Element = 0,
    driftAfter: Element = 0
  ) {
    self.decay = decay
    self.kick = kick
    self.retain = retain
    self.noise = noise
    self.driftBefore = driftBefore
    self.driftAfter = driftAfter
  }
}
