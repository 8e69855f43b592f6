import Glibc
import Sampling
import TensorCore
import Testing

/// RMSProp-SGLD and Adam-SGLD: how A adapts, step by step; and with A frozen, their law.
@Suite struct AdaptiveLawTests {
  private static let moments = [
    SecondMoment(decay: 0.9, epsilon: 0.5, initial: 1, isCorrected: true),
    SecondMoment(decay: 0.9, epsilon: 0.5, initial: 0, isCorrected: false),
  ]

  /// A is frozen when the burn-in ends, and the rest is SGLD with that A.
  @Test(arguments: QuadraticTarget.all(noise: 0.5), [0, 1])
  func `RMSProp-SGLD`(_ target: QuadraticTarget, variant: Int) throws {
    func check<T: Scalar>(_: T.Type) throws {
      let sampler = try RMSPropSGLD<T>(
        target.posterior(), lr: 2e-3, secondMoment: Self.moments[variant], dimension: target.dimension)
      let means = try productMeans(sampler, target, steps: 200_000)
      let law = LinearLaw.langevin(
        lr: 2e-3, preconditioner: diagonal(sampler, target), hessian: target.hessian, noise: target.noise)
      expectLaw(law, means)
    }
    try check(Float.self)
    try check(Double.self)
  }

  /// With K the curvature of the loss, G that of the rest of U, B the decay and n the noise of the loss's gradient,
  /// m ← B m + (1 − B) (K w + n),  w ← w − ½ε A (nβ m + G w) + √(εA) z.
  @Test(arguments: QuadraticTarget.all(noise: 0.5)) func `Adam-SGLD`(_ target: QuadraticTarget) throws {
    let (lr, decay, d) = (4e-4, 0.9, target.dimension)
    func check<T: Scalar>(_: T.Type) throws {
      let sampler = try AdamSGLD<T>(
        target.posterior(), lr: lr, firstDecay: decay,
        secondMoment: SecondMoment(decay: 0.99, epsilon: 0.1, initial: 0, isCorrected: true), dimension: d)
      let means = try productMeans(sampler, target, steps: 400_000)
      let a = diagonal(sampler, target)
      let fresh = 1 - decay
      // w ← W w − D m
      let w =
        Matrix.identity(d) - (lr / 2 * target.localization) * a - (lr / 2 * target.nbeta * fresh)
        * (a * target.curvature)
      let drift = -lr / 2 * target.nbeta * decay * a
      let noise = 1 / (target.nbeta * target.nbeta) * target.noise
      // The new m has the noise (1 − B) n, and w what it makes of that.
      let root = Matrix(rows: 2 * d, columns: d) { i, j in
        i < d ? -lr / 2 * target.nbeta * fresh * a[i, j] : (i - d == j ? fresh : 0)
      }
      let law = LinearLaw(
        transition: Matrix(blocks: w, drift, fresh * target.curvature, .identity(d, times: decay)),
        noise: root * noise * root.transpose
          + Matrix(blocks: lr * a, 0 * a, 0 * a, 0 * a))
      expectLaw(law, means)
    }
    try check(Float.self)
    try check(Double.self)
  }

  private func diagonal<T: Scalar>(_ sampler: any Sampler<T>, _ target: QuadraticTarget) -> Matrix {
    Matrix(diagonal: (0..<target.dimension).map { Double(sampler.preconditioner?[$0] ?? 0) })
  }

  // MARK: Step by step

  /// From 0 on a parabola whose gradient there is 2.
  private func positions(_ sampler: any Sampler<Double>, steps: Int, burnin: Int = 0) throws -> [Double] {
    var positions: [Double] = []
    try walk(sampler, on: Quadratic<Double>(curvatures: [2], minimum: [-1]), steps: steps, burnin: burnin) {
      positions.append($0.parameters[0])
    }
    return positions
  }

  private let free = Posterior<Double>(nbeta: 1, localization: 0)

  private func rmsprop(noiseLevel: Double, isCorrected: Bool = true, freezes: Bool = false) throws
    -> RMSPropSGLD<Double>
  {
    try RMSPropSGLD(
      free, lr: 0.1, noiseLevel: noiseLevel,
      secondMoment: SecondMoment(
        decay: 0.9, epsilon: 1e-8, initial: isCorrected ? 1 : 0, isCorrected: isCorrected),
      freezesAfterBurnin: freezes, dimension: 1)
  }

  @Test func `the first step of RMSProp-SGLD has its published size`() throws {
    let still = try positions(try rmsprop(noiseLevel: 0), steps: 2)[1]
    #expect(abs(still + 0.0277350) < 5e-8)
    // The same normal, from plain SGLD of step 1.
    let (quiet, loud) = (SGLD(free, lr: 1, noiseLevel: 0), SGLD(free, lr: 1))
    let z = try positions(loud, steps: 2)[1] - positions(quiet, steps: 2)[1]
    let noise = try positions(try rmsprop(noiseLevel: 1), steps: 2)[1] - still
    #expect(abs(noise / z - 0.1665383) < 5e-8)
  }

  @Test(arguments: [true, false], [true, false])
  func `RMSProp-SGLD follows its recursion, until A is frozen`(isCorrected: Bool, freezes: Bool) throws {
    let burnin = 5
    let sampler = try rmsprop(noiseLevel: 0, isCorrected: isCorrected, freezes: freezes)
    let recorded = try positions(sampler, steps: 15, burnin: burnin)
    var (w, v, a) = (0.0, isCorrected ? 1.0 : 0, 0.0)
    for t in 1...20 {
      if t > burnin { #expect(abs(recorded[t - 1 - burnin] - w) < 1e-12) }
      let g = 2 * (w + 1)
      if !freezes || t <= burnin {
        v = 0.9 * v + 0.1 * g * g
        a = 1 / ((isCorrected ? v / (1 - pow(0.9, Double(t))) : v).squareRoot() + 1e-8)
      }
      w -= 0.05 * a * g
    }
  }

  @Test func `Adam-SGLD follows its recursion`() throws {
    let posterior = Posterior<Double>(nbeta: 3, localization: 0.5, weightDecay: 0.25)
    let sampler = try AdamSGLD<Double>(
      posterior, lr: 0.01, noiseLevel: 0, firstDecay: 0.8,
      secondMoment: SecondMoment(decay: 0.9, epsilon: 1e-8, initial: 0, isCorrected: true),
      freezesAfterBurnin: false, dimension: 1)
    let recorded = try positions(sampler, steps: 20)
    var (w, m, v) = (0.0, 0.0, 0.0)
    for t in 1...20 {
      #expect(abs(recorded[t - 1] - w) < 1e-12)
      let g = 2 * (w + 1)
      m = 0.8 * m + 0.2 * g
      v = 0.9 * v + 0.1 * g * g
      let a = 1 / ((v / (1 - pow(0.9, Double(t)))).squareRoot() + 1e-8)
      w -= 0.005 * a * (3 * m / (1 - pow(0.8, Double(t))) + 0.5 * w + 0.25 * w)
    }
  }

  @Test func `without a burn-in the first gradient makes A, and it stays`() throws {
    let sampler = try rmsprop(noiseLevel: 0, freezes: true)
    _ = try positions(sampler, steps: 10)
    #expect(abs((sampler.preconditioner?[0] ?? 0) - 1 / 13.0.squareRoot()) < 1e-6)
  }
}
