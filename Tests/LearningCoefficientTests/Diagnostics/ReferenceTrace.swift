import LearningCoefficient
import Testing

/// A trace that reference/make_reference.py makes in the same way, and what ArviZ says of it.
struct ReferenceTrace: Sendable, CustomTestStringConvertible {
  let chains: Int
  let draws: Int
  let autoregression: Double
  let shift: Double
  let law: Law
  let effectiveSampleSize: Double
  let bulkEffectiveSampleSize: Double
  let tailEffectiveSampleSize: Double
  let autocorrelationTime: Double
  let splitRhat: Double
  let rankRhat: Double
  let monteCarloError: Double
  let tailRise: Double
  let tailRiseError: Double

  var testDescription: String {
    "\(chains) x \(draws), autoregression \(autoregression), shift \(shift), \(law)"
  }

  func values() -> [Double] {
    autoregressive(chains: chains, draws: draws, autoregression: autoregression, shift: shift, law: law)
  }

  func trace() throws -> ScalarTrace {
    let values = self.values()
    return try ScalarTrace(chains: chains, draws: draws) { values[$0] }
  }
}

/// What is made of x and its last u.
enum Law {
  case plain, rounded, sign, quotient, frozen, widening, climbing

  func value(_ x: Double, _ u: Double, chain: Int, draw: Int) -> Double {
    switch self {
    case .plain: x
    case .rounded: (8 * x).rounded(.down) / 8
    case .sign: x > 0 ? 1 : 0
    case .quotient: x / u
    case .frozen: chain == 0 ? 0.25 : x
    case .widening: Double(chain + 1) * x
    case .climbing: x + Double(draw) / 128
    }
  }
}

/// x ← autoregression · x + u, with u uniform on [−½, ½) from Knuth's 64-bit generator.
func autoregressive(chains: Int, draws: Int, autoregression: Double, shift: Double = 0, law: Law = .plain)
  -> [Double]
{
  var state: UInt64 = 1
  var values: [Double] = []
  for chain in 0..<chains {
    var x = 0.0
    for draw in 0..<draws {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let u = Double(state >> 11) / 0x1p53 - 0.5
      x = autoregression * x + u
      values.append(law.value(x, u, chain: chain, draw: draw) + Double(chain) * shift)
    }
  }
  return values
}
