import Glibc
import Sampling
import TensorCore
import Testing

/// The thermostat ξ makes the momenta's mean square exact: summed over a run, ξ_N − ξ_0 = Σ (‖p‖²/d − η). Around its mean
/// the sampler is SGHMC of that friction, whose momenta would have that mean square.
@Suite struct SGNHTLawTests {
  private let lr = 1e-4

  @Test(arguments: QuadraticTarget.all(noise: 0.5))
  func `a quadratic has the law of SGHMC at the thermostat's friction`(
    _ target: QuadraticTarget
  ) throws {
    let d = target.dimension
    let friction = 0.1
    let exact = thermostatted(target, friction: friction)
    func check<T: Scalar>(_: T.Type) throws {
      let sampler = try SGNHT<T>(target.posterior(), lr: lr, friction: friction, dimension: d)
      let means = try productMeans(sampler, target, steps: 400_000, burnin: 5000)
      for i in 0..<d {
        for j in 0...i {
          let (mean, error) = means[i, j]
          #expect(abs(mean - exact.covariance[i, j]) < 4 * error)
        }
      }
      let squares = (d..<2 * d).map { means[$0, $0].mean }.mean
      // ξ stays within 1 of where it was.
      #expect(abs(squares - lr) < 1 / 400_000)
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `strong noise of unknown size leaves it right, where others heat up`() throws {
    // The heat of the noise, ηC/2f, is twice that of the bath.
    let target = QuadraticTarget(
      testDescription: "", nbeta: 100, localization: 5, curvature: .identity(5, times: 2),
      noiseRoot: .identity(5, times: 0.2))
    let (d, friction) = (5, 0.01)
    func llc(_ sampler: any Sampler<Double>) throws -> (mean: Double, standardError: Double) {
      let means = try productMeans(sampler, target, steps: 400_000, burnin: 5000)
      let batches = means.batches.map { $0.leading(d).trace * target.nbeta }
      return (batches.mean, batches.standardError)
    }
    let exact = target.nbeta * (target.curvature * target.hessian.inverse).trace / 2
    let sgnht = try llc(SGNHT<Double>(target.posterior(), lr: lr, friction: friction, dimension: d))
    // Exact but for SGHMC's own factor 1 − ξ/2, which is 0.985 here.
    let (xi, law) = (0.03, thermostatted(target, friction: friction))
    #expect(abs(law.covariance[0, 0] * 205 - (1 - xi / 2)) < 1e-3)
    #expect(abs(sgnht.mean - target.nbeta * law.covariance.leading(d).trace) < 4 * sgnht.standardError)
    #expect(abs(sgnht.mean / exact - 1) < 0.05)
    let others: [any Sampler<Double>] = [
      try SGHMC(target.posterior(), lr: lr, friction: friction, dimension: d),
      try UnderdampedLangevin(
        target.posterior(), lr: lr.squareRoot(), friction: friction / lr.squareRoot(), dimension: d),
    ]
    for other in others { #expect(try llc(other).mean > 2.5 * exact) }
  }

  /// SGHMC at the friction where tr⟨p pᵀ⟩ = η d, by bisection.
  private func thermostatted(_ target: QuadraticTarget, friction: Double) -> LinearLaw {
    let d = target.dimension
    func law(_ xi: Double) -> LinearLaw {
      // The noise is that of the given friction.
      .sghmc(target, lr: lr, friction: xi, injected: friction)
    }
    var (low, high) = (0.1 * friction, 1.0)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      let momenta = law(middle).covariance.trace - law(middle).covariance.leading(d).trace
      if momenta > lr * Double(d) { low = middle } else { high = middle }
    }
    return law(low)
  }
}
