#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Chains of Gaussian autoregression of variance 1, each of which begins in the stationary law.
func stationary(chains: Int, draws: Int, correlation: Double, seed: Int) -> [Double] {
  var normals = Normals(state: UInt64(seed) &* 1_000_003)
  return (0..<chains).flatMap { _ in
    var x = normals.next()
    return (0..<draws).map { _ in
      defer { x = correlation * x + (1 - correlation * correlation).squareRoot() * normals.next() }
      return x
    }
  }
}

/// Chains x_t = r (x cos θ + v sin θ) + √(1 − r²) z, and v alike, that begin in their stationary law, a standard normal
/// one: an underdamped oscillator, whose correlation at lag t is r^t cos θt.
func oscillating(chains: Int, draws: Int, damping r: Double, angle: Double, seed: Int) -> [Double] {
  var normals = Normals(state: UInt64(seed) &* 1_000_003)
  let (along, across, noise) = (r * cos(angle), r * sin(angle), (1 - r * r).squareRoot())
  return (0..<chains).flatMap { _ in
    var (x, v) = (normals.next(), normals.next())
    return (0..<draws).map { _ in
      defer {
        (x, v) = (
          along * x + across * v + noise * normals.next(), along * v - across * x + noise * normals.next()
        )
      }
      return x
    }
  }
}

/// Box and Muller's transform of SplitMix64.
private struct Normals {
  var state: UInt64

  mutating func next() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / 0x1p53
  }
}
