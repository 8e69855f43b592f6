import LearningCoefficient
import Testing

/// A trace that reference/make_reference.py makes in the same way, and what ArviZ says of it.
struct ReferenceTrace: Sendable, CustomTestStringConvertible {
  let chains: Int
  let draws: Int
  let autoregression: Double
  let shift: Double
  let effectiveSampleSize: Double
  let splitRhat: Double
  let monteCarloError: Double

  var testDescription: String { "\(chains) x \(draws), autoregression \(autoregression), shift \(shift)" }

  /// x ← autoregression · x + u, with u uniform on [−½, ½) from Knuth's 64-bit generator.
  func values() -> [Double] {
    var state: UInt64 = 1
    var values: [Double] = []
    for chain in 0..<chains {
      var x = 0.0
      for _ in 0..<draws {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        x = autoregression * x + (Double(state >> 11) / 0x1p53 - 0.5)
        values.append(x + Double(chain) * shift)
      }
    }
    return values
  }

  func trace() throws -> ScalarTrace {
    let values = self.values()
    return try ScalarTrace(chains: chains, draws: draws) { values[$0] }
  }
}
