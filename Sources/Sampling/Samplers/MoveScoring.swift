import TensorCore

/// A sampler whose moves can be judged as Metropolis–Hastings proposals.
public protocol MoveScoring<Element>: Sampler {
  /// log of the Metropolis–Hastings ratio of the move just made.
  func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double
}

/// What is known of one end of a move. With d = w′ − w the move, A the preconditioner, and p the momentum after it:
public struct MoveEnd {
  /// U
  public var energy: Double
  /// d·∇U
  public var slope: Double
  /// ∇Uᵀ A ∇U
  public var squaredGradient: Double
  /// √A ∇U · p; 0 without a momentum
  public var momentumSlope: Double

  package init(energy: Double, slope: Double, squaredGradient: Double, momentumSlope: Double = 0) {
    self.energy = energy
    self.slope = slope
    self.squaredGradient = squaredGradient
    self.momentumSlope = momentumSlope
  }
}
