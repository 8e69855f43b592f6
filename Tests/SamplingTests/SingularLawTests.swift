import Glibc
import Sampling
import TensorCore
import Testing

/// L = a² b², whose minima are two lines that cross.
final class CrossingLines<T: Scalar>: Potential {
  let dimension = 2
  let sampleCount = 1

  func losses(of rows: Rows, at w: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>) {
    let product = Double(w[0]) * Double(w[1])
    losses[0] = product * product
  }

  func gradient(
    of rows: Rows, at w: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    self.losses(of: rows, at: w, into: losses)
    gradient[0] = 2 * w[0] * w[1] * w[1]
    gradient[1] = 2 * w[0] * w[0] * w[1]
  }
}

@Suite struct SingularLawTests {
  /// nβ E[L] = ∫ nβa²/(2nβa² + γ) ρ(a) da with ρ ~ exp(−γa²/2) / √(2nβa² + γ), by Simpson's rule.
  private static let exact: Double = {
    let (nbeta, gamma, n, limit) = (100.0, 1.0, 20_000, 10.0)
    var (sum, mass) = (0.0, 0.0)
    for i in 0...n {
      let a = limit * Double(i) / Double(n)
      let h = 2 * nbeta * a * a + gamma
      let weight = (i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4 : 2) * exp(-gamma * a * a / 2) / h.squareRoot()
      sum += weight * nbeta * a * a / h
      mass += weight
    }
    return sum / mass
  }()

  @Test func `the quadrature is that of the literature`() { #expect(abs(Self.exact - 0.35420) < 5e-6) }

  /// Steps so small that what they add is within the error; and as many as make it small.
  private static let settings: [(rule: Rule, lr: Double, steps: Int)] = [
    (.sgld, 4e-4, 400_000), (.rmsprop, 5e-5, 400_000), (.adam, 2e-5, 400_000), (.sghmc, 1e-4, 200_000),
    (.sgnht, 1e-4, 200_000), (.underdamped, 0.02, 200_000), (.mala, 2e-3, 200_000), (.hmc, 0.03, 100_000),
  ]

  @Test(arguments: 0..<settings.count) func `every sampler finds it`(index: Int) throws {
    let (rule, lr, steps) = Self.settings[index]
    func check<T: Scalar>(_: T.Type) throws {
      let posterior = Posterior<T>(nbeta: 100, localization: 1)
      let recorded = try record(
        try rule.make(posterior, lr: lr, dimension: 2), chains: 2, draws: steps / 10, burnin: steps / 10,
        between: 10,
        seed: 3, threads: 2, center: [0, 0]
      ) { CrossingLines<T>() }
      let batches = recorded.losses.flatMap { losses -> [Double] in
        let size = losses.count / 20
        return (0..<20).map { 100 * Array(losses[$0 * size..<($0 + 1) * size]).mean }
      }
      let tolerance: Double = Rule.rejecting.contains(rule) ? 3 : 4
      #expect(abs(batches.mean - Self.exact) < tolerance * batches.standardError)
      if Rule.rejecting.contains(rule) { #expect(recorded.acceptance.allSatisfy { 0 < $0 && $0 < 1 }) }
    }
    try check(Float.self)
    try check(Double.self)
  }
}
