import TensorCore

/// A sampler whose moves can be judged as Metropolis–Hastings proposals.
public protocol MoveScoring<Element>: Sampler {
  /// Whether it asks for `MoveEnd.slope`, for which the place where a move began must be kept.
  var readsSlope: Bool { get }
  /// log of the Metropolis–Hastings ratio of the move just made.
  func logAcceptance(_ before: MoveEnd, _ after: MoveEnd, lrFactor: Double) -> Double
}

/// What is known of one end of a move. With d = w′ − w the move, A the preconditioner, and p the momentum there:
public struct MoveEnd {
  /// U
  public var energy: Double
  /// d·∇U, where it is wanted
  public var slope = Double.nan
  /// ∇Uᵀ A ∇U
  public var squaredGradient: Double
  /// √A ∇U · p; 0 without a momentum
  public var momentumSlope: Double

  package init(energy: Double, squaredGradient: Double, momentumSlope: Double = 0) {
    self.energy = energy
    self.squaredGradient = squaredGradient
    self.momentumSlope = momentumSlope
  }
}
