import Glibc
import KernelInterface
import TensorCore

/// Underdamped Langevin dynamics with the BAOAB splitting (Leimkuhler & Matthews 2013), lr being the step in time Δt:
///
///     p ← p − Δt √A ∇U(w)                                             B (two halves, which meet at the gradient)
///     w ← w + (Δt/2) √A p                                             A
///     p ← e^(−friction Δt) p + √(1 − e^(−2 friction Δt)) noiseLevel z   O
///     w ← w + (Δt/2) √A p                                             A
///
/// In a harmonic direction the positions have no bias from the step.
public final class UnderdampedLangevin<T: Scalar>: MoveScoring {
  public let posterior: Posterior<T>
  private let lr: Double
  private let friction: Double
  private let noiseLevel: Double
  private let p: Momentum<T>

  public init(_ posterior: Posterior<T>, lr: Double, friction: Double, noiseLevel: Double = 1, dimension: Int)
    throws(OutOfMemory)
  {
    self.posterior = posterior
    self.lr = lr
    self.friction = friction
    self.noiseLevel = noiseLevel
    p = try Momentum(posterior, dimension: dimension)
  }

  public var momentum: UnsafePointer<T>? { UnsafePointer(p.pointer) }
  public func momentumVariance(lrFactor: Double) -> Double { 1 }

  public func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double) {
    let time = lr * lrFactor
    // The kick acts for the two half drifts of the step, the noise for one.
    return (time * time / 2 * (1 + exp(-friction * time)), time / 2 * deviation(time))
  }

  public func restart(_ state: ChainState<T>, _ step: Step) {
    p.refresh(state, deviation: noiseLevel, stream: step.stream)
  }

  public func keep(in file: ChainFile) { p.keep(in: file) }

  public func leave(_ state: ChainState<T>, _ step: Step) {
    let time = lr * step.lrFactor
    let drift = T(time / 2)
    p.move(
      state,
      MomentumStep(
        kick: T(time), retain: T(exp(-friction * time)), noise: T(deviation(time)), driftBefore: drift,
        driftAfter: drift), step.stream)
  }

  private func deviation(_ time: Double) -> Double {
    (-expm1(-2 * friction * time)).squareRoot() * noiseLevel
  }

  public var readsSlope: Bool { false }

  /// Of the step between the middles of two kicks. Only the kicks and the drifts between them change the energy, so
  /// that with p₁ = p − Δt √A G and p₂ the momentum around O, G = ∇U, and primes after the move,
  ///
  ///     log α = U − U′ + (Δt/2) √A (G·p₁ + G′·p₂) − (Δt²/8) (G′ᵀAG′ − GᵀAG)
  ///
  /// (Bou-Rabee & Vanden-Eijnden 2010, of the Metropolised splitting). For infinite friction that is MALA's.
  public func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double {
    let time = lr * lrFactor
    let kicked = before.momentumSlope - time * before.squaredGradient
    let work =
      before.energy - after.energy + time / 2 * (kicked + after.momentumSlope)
      - time * time / 8 * (after.squaredGradient - before.squaredGradient)
    return work / (noiseLevel * noiseLevel)
  }
}
