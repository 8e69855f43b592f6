import Glibc
import Sampling
import TensorCore
import Testing

/// L(w) = Σ w_iᵖⁱ
private final class Polynomial: Potential {
  let powers: [Int]
  var dimension: Int { powers.count }
  let sampleCount = 1
  init(powers: [Int]) { self.powers = powers }

  func losses(of rows: Rows, at parameters: UnsafePointer<Double>, into losses: UnsafeMutablePointer<Double>)
  {
    losses[0] = 0
    for (i, power) in powers.enumerated() { losses[0] += pow(parameters[i], Double(power)) }
  }

  func gradient(
    of rows: Rows, at parameters: UnsafePointer<Double>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<Double>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    for (i, power) in powers.enumerated() {
      gradient[i] = power == 0 ? 0 : Double(power) * pow(parameters[i], Double(power - 1))
    }
  }
}

/// The acceptance that devinterp 1.3.2 measures on chains of 5000 steps in these potentials, at
/// nβ = 1000 / log 1000 and from 0 (its `mala_test.py`; its mean includes one zero that is no move).
private let published: [(powers: [Int], lr: Double, localization: Double, acceptance: Double)] = [
  ([2], 1e-2, 100, 0.589), ([2], 1e-2, 0.1, 0.724), ([2], 1e-3, 100, 0.981), ([4], 1.5e-2, 100, 0.853),
  ([4], 1.5e-2, 1, 0.934), ([4], 1.5e-5, 100, 1), ([8], 1.5e-2, 100, 0.871), ([8], 1e-2, 0.1, 0.978),
  ([8], 1e-5, 100, 1), ([2, 2], 1e-3, 100, 0.970), ([2, 2], 1e-2, 100, 0.538), ([2, 2], 3e-3, 0.01, 0.909),
  ([0, 2], 2e-3, 100, 0.947), ([4, 0], 1e-3, 100, 0.996), ([4, 4], 1e-2, 100, 0.871),
]

@Suite struct AcceptanceTests {
  @Test(arguments: published) func `agrees with the published rates`(
    powers: [Int], lr: Double, localization: Double, acceptance: Double
  ) throws {
    let recorded = try record(
      SGLD<Double>(Posterior(nbeta: 1000 / log(1000), localization: localization), lr: lr), chains: 4,
      draws: 5000,
      checks: 5000, seed: 1, threads: 2, center: powers.map { _ in 0 }
    ) { Polynomial(powers: powers) }
    // Their own tolerance; one chain of theirs has a standard error of about half of it.
    let mean = recorded.acceptance.reduce(0, +) / 4
    #expect(abs(mean - acceptance) < 0.01)
  }
}
