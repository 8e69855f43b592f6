import LearningCoefficient
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct NormalQuantileTests {
  /// Φ⁻¹ by mpmath, at 40 digits.
  @Test(arguments: [
    (0.5, 0), (0.75, 0.6744897501960817432), (0.9, 1.2815515655446005935), (0.975, 1.9599639845400538556),
    (0.95, 1.6448536269514722843), (0.99, 2.3263478740408407676), (0.999, 3.0902323061678132778),
    (1e-6, -4.7534243088228989573), (1e-10, -6.3613409024040561991), (1e-20, -9.2623400897984075796),
    (1e-100, -21.273453560965324294), (1e-300, -37.047096299361199237),
  ])
  func agreesWithTables(p: Double, z: Double) {
    #expect(abs(normalQuantile(p) - z) <= 1e-15 * abs(z))
  }

  /// Φ of what it gives is p, down to 1e-286. A relative error e of z is one of e z φ(z)/Φ(z) of p, at most
  /// e (z² + 1); 1e-15 leaves room for the rounding of the argument and of erfc.
  @Test func isTheInverseOfTheDistributionFunction() {
    for step in 1..<2000 {
      for p in [Double(step) / 4000, pow(10, -Double(step) / 7) / 2] {
        let z = normalQuantile(p)
        #expect(z < 0)
        #expect(abs(erfc(-z / 2.0.squareRoot()) / 2 - p) <= 1e-15 * (z * z + 1) * p)
      }
    }
  }

  /// The probabilities of ranks come in pairs p, 1 − p; where both are exact, so are the signs.
  @Test func isOdd() {
    for step in 1..<1024 {
      let p = Double(step) / 1024
      #expect(normalQuantile(1 - p) == -normalQuantile(p))
    }
  }
}
