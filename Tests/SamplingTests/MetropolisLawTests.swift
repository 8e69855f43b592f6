import Sampling
import TensorCore
import Testing

/// MALA and HMC have no bias: their law is the posterior itself.
@Suite struct MetropolisLawTests {
  private static let targets = QuadraticTarget.all(noise: 0).prefix(2)

  @Test(arguments: targets, [Rule.mala, .hmc]) func `a quadratic has its normal law`(
    _ target: QuadraticTarget, _ rule: Rule
  ) throws {
    let exact = target.hessian.inverse
    func check<T: Scalar>(_: T.Type) throws {
      let sampler = try rule.make(target.posterior(), dimension: target.dimension) as any Sampler<T>
      let means = try productMeans(sampler, target, steps: 200_000, seed: 2)
      for i in 0..<target.dimension {
        for j in 0...i {
          let (mean, error) = means[i, j]
          #expect(abs(mean - exact[i, j]) < 3 * error)
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }
}
