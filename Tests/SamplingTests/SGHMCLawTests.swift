import Sampling
import TensorCore
import Testing

@Suite struct SGHMCLawTests {
  @Test(arguments: QuadraticTarget.all(noise: 0.5), [0, 0.05])
  func `a quadratic has the law of the recursion`(_ target: QuadraticTarget, noiseEstimate: Double) throws {
    func check<T: Scalar>(_: T.Type) throws {
      let sampler = try SGHMC<T>(
        target.posterior(), lr: 1e-3, friction: 0.3, noiseEstimate: noiseEstimate, dimension: target.dimension
      )
      let law = LinearLaw.sghmc(target, lr: 1e-3, friction: 0.3, injected: 0.3 - noiseEstimate)
      expectLaw(law, try productMeans(sampler, target, steps: 200_000))
    }
    try check(Float.self)
    try check(Double.self)
  }

  /// ⟨w²⟩ = (1/h) (1 + ηC/2f) / (1 − ηh/(4 − 2f)), and ⟨v²⟩ = ⟨w²⟩ 2ηh/(2 − f)
  @Test func `in one dimension that is the closed form`() {
    let target = QuadraticTarget.all(noise: 0.5)[2]
    let (h, c, lr, f) = (target.hessian[0, 0], target.noise[0, 0], 1e-3, 0.3)
    let law = LinearLaw.sghmc(target, lr: lr, friction: f, injected: f)
    let closed = 1 / h * (1 + lr * c / (2 * f)) / (1 - lr * h / (4 - 2 * f))
    #expect(abs(law.covariance[0, 0] / closed - 1) < 1e-12)
    #expect(abs(law.covariance[1, 1] / (closed * 2 * lr * h / (2 - f)) - 1) < 1e-12)
  }

  /// 2 b η is the noise that a step takes from the gradient, η² C: with it known the heat is gone.
  @Test func `a noise estimate that is right takes the heat of the gradient's noise away`() throws {
    let target = QuadraticTarget.all(noise: 0.5)[2]
    let (lr, f) = (2e-4, 0.3)
    let estimate = lr * target.noise[0, 0] / 2
    let sampler = try SGHMC<Double>(
      target.posterior(), lr: lr, friction: f, noiseEstimate: estimate, dimension: 1)
    let quiet = LinearLaw.sghmc(QuadraticTarget.all(noise: 0.5)[0], lr: lr, friction: f, injected: f)
    expectLaw(quiet, try productMeans(sampler, target, steps: 200_000))
  }
}

extension LinearLaw {
  /// v ← (1 − f) v − η (H w + n) + √(2 b η) z,  w ← w + v
  static func sghmc(_ target: QuadraticTarget, lr: Double, friction: Double, injected: Double) -> LinearLaw {
    let d = target.dimension
    let identity = Matrix.identity(d)
    let noise = 2 * injected * lr * identity + lr * lr * target.noise
    let (kick, decay) = (-lr * target.hessian, (1 - friction) * identity)
    return LinearLaw(
      transition: Matrix(blocks: identity + kick, decay, kick, decay),
      noise: Matrix(blocks: noise, noise, noise, noise))
  }
}
