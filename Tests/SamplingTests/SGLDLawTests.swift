import Sampling
import TensorCore
import Testing

/// With H the matrix of U, A a constant preconditioner and C the noise of ∇U, SGLD on a quadratic is
/// w ← (I − ½ε A H) w + ξ, with ξ of covariance ε A + ¼ε² A C A.
@Suite struct SGLDLawTests {
  private let lr = 2e-3

  @Test(arguments: QuadraticTarget.all(noise: 0.5)) func `plain`(_ target: QuadraticTarget) throws {
    func check<T: Scalar>(_: T.Type) throws {
      try checkLaw(
        SGLD<T>(target.posterior(), lr: lr), target, .identity(target.dimension), target.hessian)
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test(
    arguments: QuadraticTarget.all(noise: 0.5),
    [Posterior<Double>.LocalizationMetric.isotropic, .preconditioner])
  func `preconditioned`(_ target: QuadraticTarget, _ metric: Posterior<Double>.LocalizationMetric) throws {
    let diagonal = Array([0.5, 2, 1, 0.25, 0.75].prefix(target.dimension))
    let a = Matrix(diagonal: diagonal)
    let pull = metric == .isotropic ? Matrix.identity(target.dimension) : a.inverse
    func check<T: Scalar>(_: T.Type) throws {
      let posterior = Posterior<T>(
        nbeta: target.nbeta, localization: target.localization,
        preconditioner: try Preconditioner(diagonal.map { T($0) }, dimension: diagonal.count),
        localizationMetric: metric == .isotropic ? .isotropic : .preconditioner)
      try checkLaw(
        SGLD<T>(posterior, lr: lr), target, a,
        target.nbeta * target.curvature + target.localization * pull)
    }
    try check(Float.self)
    try check(Double.self)
  }

  private func checkLaw<T: Scalar>(_ sampler: SGLD<T>, _ target: QuadraticTarget, _ a: Matrix, _ h: Matrix)
    throws
  {
    let law = LinearLaw.langevin(lr: lr, preconditioner: a, hessian: h, noise: target.noise)
    expectLaw(law, try productMeans(sampler, target, steps: 200_000))
  }

  /// λ̂ = ½ (nβℓ/h) (1 + εC/4) / (1 − εh/4)
  @Test func `in one dimension that is the closed form`() {
    let target = QuadraticTarget.all(noise: 0.5)[2]
    let (h, c) = (target.hessian[0, 0], target.noise[0, 0])
    let law = LinearLaw.langevin(
      lr: lr, preconditioner: .identity(1), hessian: target.hessian, noise: target.noise)
    let closed = 1 / h * (1 + lr * c / 4) / (1 - lr * h / 4)
    #expect(abs(law.covariance[0, 0] / closed - 1) < 1e-12)
  }
}

extension LinearLaw {
  static func langevin(lr: Double, preconditioner a: Matrix, hessian: Matrix, noise: Matrix) -> LinearLaw {
    LinearLaw(
      transition: .identity(a.rows) - lr / 2 * (a * hessian), noise: lr * a + lr * lr / 4 * (a * noise * a))
  }
}
