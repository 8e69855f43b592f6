import Glibc
import Sampling
import TensorCore
import Testing

@Suite struct SGLDTests {
  /// One direction of curvature ℓ: with h = nβℓ + γ, λ̂ = ½ (nβℓ/h) / (1 − εh/4), the step's and the localisation's
  /// bias included. The loss is an AR(1) square with a = 1 − εh/2, so its autocorrelation time is
  /// (1 + a²)/(1 − a²), which gives the standard error of the mean of N draws: v √(2τ/N) for a mean of v.
  @Test(arguments: [(0.0, 1e-3), (50, 1e-3), (0, 4e-3), (50, 4e-3)])
  func `a quadratic has its closed form`(localization: Double, lr: Double) throws {
    try checkQuadratic(Float.self, localization, lr)
    try checkQuadratic(Double.self, localization, lr)
  }

  private func checkQuadratic<T: Scalar>(_: T.Type, _ localization: Double, _ lr: Double) throws {
    let (nbeta, curvature, draws, chains) = (100.0, 2.0, 50_000, 4)
    let recorded = try record(
      SGLD<T>(Posterior(nbeta: nbeta, localization: localization), lr: lr), chains: chains, draws: draws,
      burnin: 200,
      checks: 0, seed: 1, center: [3]
    ) { Quadratic<T>(curvatures: [T(curvature)], minimum: [3], floor: 90_000) }
    let h = nbeta * curvature + localization
    let expected = 0.5 * (nbeta * curvature / h) / (1 - lr * h / 4)
    let a = 1 - lr * h / 2
    let time = (1 + a * a) / (1 - a * a)
    let standardError = expected * (2 * time / Double(draws * chains)).squareRoot()
    #expect(abs(recorded.llc(nbeta: nbeta) - expected) < 4 * standardError)
  }

  @Test func `noise off, the loss decays as a^2t from a start off the minimum`() throws {
    let (lr, nbeta, localization) = (1e-3, 100.0, 7.0)
    // The centre is 1 from the minimum; the pull is to the centre, so the fixed point lies between them.
    let recorded = try record(
      SGLD<Double>(Posterior(nbeta: nbeta, localization: localization), lr: lr, noiseLevel: 0), draws: 50,
      center: [1]
    ) { Quadratic(curvatures: [2]) }
    let a = 1 - lr * (nbeta * 2 + localization) / 2
    let fixed = localization / (nbeta * 2 + localization)
    for t in 0..<50 {
      let w = fixed + (1 - fixed) * pow(a, Double(t))
      #expect(abs(recorded.losses[0][t] - w * w) < 1e-12)
      #expect(recorded.baselines[0][t] == 1)
    }
  }

  @Test
  func
    `weight decay pulls to zero, localisation to the centre, and a metric localisation is not scaled by A`()
    throws
  {
    func twoSteps(_ localization: Double, _ decay: Double, _ metric: Posterior<Double>.LocalizationMetric)
      throws -> Double
    {
      let posterior = Posterior<Double>(
        nbeta: 1, localization: localization, weightDecay: decay,
        preconditioner: try Preconditioner([0.5], dimension: 1), localizationMetric: metric)
      // The minimum is at 5 and the centre at 1, so that after one step the displacement is not zero.
      let recorded = try record(SGLD(posterior, lr: 0.1, noiseLevel: 0), draws: 3, center: [1]) {
        Quadratic(curvatures: [2], minimum: [5])
      }
      return 5 - recorded.losses[0][2].squareRoot()
    }
    // By hand, with A = ½ and lr/2 = 0.05: drift = A (2 (w − 5) + γ u + δ w) or, metric, A (…) + γ u.
    let first = 1 + 0.05 * 0.5 * 8
    #expect(abs(try twoSteps(0, 0, .isotropic) - (first + 0.05 * 0.5 * 2 * (5 - first))) < 1e-12)
    let u = first - 1
    #expect(abs(try twoSteps(10, 0, .isotropic) - (first + 0.05 * 0.5 * (2 * (5 - first) - 10 * u))) < 1e-12)
    #expect(
      abs(try twoSteps(10, 0, .preconditioner) - (first + 0.05 * (0.5 * 2 * (5 - first) - 10 * u))) < 1e-12)
    let decayed = 1 + 0.05 * 0.5 * (8 - 3)
    #expect(
      abs(try twoSteps(0, 3, .isotropic) - (decayed + 0.05 * 0.5 * (2 * (5 - decayed) - 3 * decayed)))
        < 1e-12)
  }

  /// Published values of the acceptance of a move (before: w, g, U; after: the same; step size), here as
  /// loss, slope and squared norm of the gradient.
  @Test(arguments: [
    (before: ([0.0, 0.0], [0.0, 0.0], 0.0), after: ([1.5, 5.5], [1.5, 5.5], 16.25), lr: 0.1, 0.6661436),
    (before: ([1, 1], [1, 1], 1), after: ([1.5, 0.5], [1.5, 0.5], 1.25), lr: 0.5, 0.9692332),
    (before: ([0, 0], [0, 0], 0), after: ([10.5, 5.5], [10.5, 5.5], 70.25), lr: 0.1, 0.17268492),
    (before: ([0, 0], [0, 0], 0), after: ([10.5, 5.5], [10.5, 5.5], 70.25), lr: 0.5, 0.00015359),
  ]) func `the Metropolis acceptance has its published values`(
    before: ([Double], [Double], Double), after: ([Double], [Double], Double), lr: Double, expected: Double
  ) {
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).map { $0 * $1 }.reduce(0, +) }
    let move = zip(after.0, before.0).map { $0 - $1 }
    func end(_ point: ([Double], [Double], Double)) -> MoveEnd {
      var end = MoveEnd(energy: point.2, squaredGradient: dot(point.1, point.1))
      end.slope = dot(move, point.1)
      return end
    }
    let langevin = LangevinMove(Posterior<Double>(nbeta: 1, localization: 0), lr: lr)
    let logAcceptance = langevin.logAcceptance(end(before), end(after))
    // The published ones were computed in float32, in a form whose terms of order 100 cancel.
    #expect(abs(min(1, exp(logAcceptance)) - expected) < 1e-5)
  }

  /// On U = h w²/2 a move from w to w' has log α = (ε h²/8)(w² − w'²). Over the stationary law
  /// (variance v, one-step correlation a) the mean is an integral, here by simulation of the same AR(1) in the test.
  @Test func `the measured acceptance of a quadratic is that of its moves, localisation and A included`()
    throws
  {
    // A = 4 on a curvature of 50 with lr = 0.01 is A = 1 with 200 and the same lr, if the localisation is in A's metric.
    let plain = try record(
      SGLD<Double>(Posterior(nbeta: 100, localization: 20), lr: 0.01), chains: 2, draws: 20_000,
      checks: 20_000,
      center: [0]
    ) { Quadratic(curvatures: [2]) }
    let preconditioned = Posterior<Double>(
      nbeta: 100, localization: 20, preconditioner: try Preconditioner([4], dimension: 1),
      localizationMetric: .preconditioner)
    let scaled = try record(
      SGLD(preconditioned, lr: 0.01), chains: 2, draws: 20_000, checks: 20_000, center: [0]
    ) { Quadratic(curvatures: [0.5]) }
    let (lr, h) = (0.01, 220.0)
    var state = Normals(seed: 4)
    var (w, sum) = (0.0, 0.0)
    let count = 400_000
    for _ in 0..<count {
      let next = (1 - lr * h / 2) * w + lr.squareRoot() * state.next()
      sum += min(1, exp(lr * h * h / 8 * (w * w - next * next)))
      w = next
    }
    let expected = sum / Double(count)
    for acceptance in plain.acceptance + scaled.acceptance {
      // Acceptances lie in [0, 1], with a standard deviation near 0.3: 20 000 of them, somewhat correlated.
      #expect(abs(acceptance - expected) < 0.01)
    }
    for (a, b) in zip(plain.acceptance, scaled.acceptance) { #expect(abs(a - b) < 1e-9) }
  }

  @Test func `a step far below the spacing of the weights is not lost`() throws {
    func trace(at center: Float) throws -> Recorded {
      // Around 10 000 floats are 0.001 apart; a drift is of the order of 1e-5.
      try record(
        SGLD<Float>(Posterior(nbeta: 100, localization: 0), lr: 1e-6), draws: 20_000, seed: 3,
        center: [center]
      ) {
        Quadratic<Float>(curvatures: [2], minimum: [center])
      }
    }
    let (far, near) = (try trace(at: 10_000), try trace(at: 0))
    // The loss w² of a weight rounded by half a spacing, 0.0005, around displacements of at most 0.5.
    for (a, b) in zip(far.losses[0], near.losses[0]) { #expect(abs(a - b) < 2 * 0.5 * 0.0005 + 1e-6) }
    #expect(far.losses[0].max() ?? 0 > 0.001)
  }
}

/// Normals by Box and Muller from a linear congruential generator: independent of the library's.
struct Normals {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 0.5) / Double(1 << 53)
  }
  mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
