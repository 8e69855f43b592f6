/// What is measured of a move, for each move that is checked.
public struct MoveChecks<Value> {
  /// Probability with which it would be, or was, accepted as a Metropolis–Hastings proposal.
  public var acceptance: Value
  /// Length of the part of the move that the gradient makes, in the preconditioner's metric.
  public var driftNorm: Value
  /// Root mean square length of its random part, in the same metric.
  public var noiseNorm: Value
  /// Mean square of the momentum over what it should be: the kinetic temperature.
  public var temperature: Value
  /// tr A C, with C the covariance of ∇U over minibatches.
  public var gradientNoise: Value
  /// d·(∇U(w + d) − ∇U(w)) of a move d, whose mean is lr tr A∇²U for moves without momenta.
  public var stiffness: Value

  public init(repeating value: Value) {
    (acceptance, driftNorm, noiseNorm) = (value, value, value)
    (temperature, gradientNoise, stiffness) = (value, value, value)
  }

  func map<Other>(_ transform: (Value) -> Other) -> MoveChecks<Other> {
    var other = MoveChecks<Other>(repeating: transform(acceptance))
    other.driftNorm = transform(driftNorm)
    other.noiseNorm = transform(noiseNorm)
    other.temperature = transform(temperature)
    other.gradientNoise = transform(gradientNoise)
    other.stiffness = transform(stiffness)
    return other
  }

  /// Each in turn, to be changed.
  mutating func forEach(_ body: (inout Value) -> Void) {
    body(&acceptance)
    body(&driftNorm)
    body(&noiseNorm)
    body(&temperature)
    body(&gradientNoise)
    body(&stiffness)
  }

  var all: [Value] { [acceptance, driftNorm, noiseNorm, temperature, gradientNoise, stiffness] }
}

/// A mean that grows; a NaN is no value.
struct RunningMean {
  private var sum = 0.0
  private var count = 0
  var value: Double { count == 0 ? .nan : sum / Double(count) }
  mutating func add(_ x: Double) {
    if x.isNaN { return }
    sum += x
    count += 1
  }
}
