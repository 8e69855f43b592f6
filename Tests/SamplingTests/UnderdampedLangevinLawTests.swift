import Glibc
import Sampling
import TensorCore
import Testing

@Suite struct UnderdampedLangevinLawTests {
  private let time = 0.08
  private let friction = 8.0

  @Test(arguments: QuadraticTarget.all(noise: 0.2), [false, true])
  func `a quadratic has the law of the recursion`(_ target: QuadraticTarget, isPreconditioned: Bool) throws {
    let d = target.dimension
    let diagonal =
      isPreconditioned ? Array([0.5, 1.5, 1, 0.25, 0.75].prefix(d)) : [Double](repeating: 1, count: d)
    let root = Matrix(diagonal: diagonal.map { $0.squareRoot() })
    func check<T: Scalar>(_: T.Type) throws {
      let preconditioner = try Preconditioner(diagonal.map { T($0) }, dimension: d)
      let sampler = try UnderdampedLangevin<T>(
        target.posterior(isPreconditioned ? preconditioner : nil), lr: time, friction: friction, dimension: d)
      let law = LinearLaw.baoab(target, time: time, friction: friction, root: root)
      expectLaw(law, try productMeans(sampler, target, steps: 200_000))
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `the step does not change the law of the positions, on a quadratic without noise`() {
    for target in QuadraticTarget.all(noise: 0) {
      for time in [0.01, 0.05, 0.1] {
        let law = LinearLaw.baoab(target, time: time, friction: friction, root: .identity(target.dimension))
        let exact = target.hessian.inverse
        for (a, b) in zip(law.covariance.leading(target.dimension).values, exact.values) {
          #expect(abs(a - b) < 1e-12)
        }
      }
    }
  }

  /// ⟨w²⟩ = (1/h) (1 + coth(cΔt/2) Δt² C / (4 − Δt² h)), which to first order is (1/h) (1 + Δt C / 2c).
  @Test func `noise of the gradients heats by its closed form`() {
    let target = QuadraticTarget.all(noise: 0.2)[2]
    let (h, c) = (target.hessian[0, 0], target.noise[0, 0])
    for time in [0.08, 0.008, 0.0008] {
      let law = LinearLaw.baoab(target, time: time, friction: friction, root: .identity(1))
      let heating = law.covariance[0, 0] * h - 1
      let closed = time * time * c / (4 - time * time * h) / tanh(friction * time / 2)
      #expect(abs(heating / closed - 1) < 1e-9)
      if time < 0.001 { #expect(abs(heating / (time * c / (2 * friction)) - 1) < 1e-4) }
    }
  }
}

extension LinearLaw {
  /// With R = √A:  p₁ = p − Δt R (H w + n),  p ← e p₁ + √(1 − e²) z,  w ← w + (Δt/2) R (p₁ + p).
  static func baoab(_ target: QuadraticTarget, time: Double, friction: Double, root: Matrix) -> LinearLaw {
    let d = target.dimension
    let (e, identity) = (exp(-friction * time), Matrix.identity(d))
    let kick = -time * (root * target.hessian)
    let drift = time / 2 * root
    // What p₁ and z become: (w, p) changes by ((1 + e) drift, e) p₁ and by (drift, 1) √(1 − e²) z.
    let ofKicked = Matrix(blocks: identity, (1 + e) * drift, 0 * identity, e * identity)
    let ofNoise = Matrix(blocks: 0 * identity, drift, 0 * identity, identity)
    let kicked = Matrix(blocks: identity, 0 * identity, kick, identity)
    let gradientNoise = Matrix(
      blocks: 0 * identity, 0 * identity, 0 * identity, time * time * (root * target.noise * root))
    let normals = Matrix(blocks: 0 * identity, 0 * identity, 0 * identity, (1 - e * e) * identity)
    return LinearLaw(
      transition: ofKicked * kicked,
      noise: ofKicked * gradientNoise * ofKicked.transpose + ofNoise * normals * ofNoise.transpose)
  }
}
