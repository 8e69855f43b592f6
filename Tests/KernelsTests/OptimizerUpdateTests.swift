import KernelDispatch
import Testing

@Suite("Optimizer updates") struct OptimizerUpdateTests {
  @Test("SGD with momentum and weight decay is its formula", arguments: Variant.all, [0.0, 0.5])
  func sgd(_ variant: Variant, weightDecay: Double) {
    func check<K: TestedKernels>(_: K.Type, _ count: Int) {
      typealias E = K.Element
      let (g, v, w): ([E], [E], [E]) = (
        uniform(count, seed: 1), uniform(count, seed: 2), uniform(count, seed: 3)
      )
      var parameters: [E] = []
      let velocity = updated(v) { velocity in
        parameters = updated(w) {
          K.sgdUpdate(
            count: count, lr: 0.25, momentum: 0.75, weightDecay: E(weightDecay), gradient: g,
            velocity: velocity, parameters: $0)
        }
      }
      let expected = (0..<count).map {
        0.75 * Double(v[$0]) + Double(g[$0]) + weightDecay * Double(w[$0])
      }
      // Sums of three terms of at most 2.
      expectClose(velocity, expected) { _ in 16 * unit(E.self) }
      expectClose(parameters, zip(w, expected).map { Double($0) - 0.25 * $1 }) { _ in 12 * unit(E.self) }
    }
    for count in awkwardCounts { check(variant.kernels, count) }
  }

  @Test("Adam is algorithm 1 of Kingma and Ba", arguments: Variant.all, [0.0, 0.5])
  func adam(_ variant: Variant, weightDecay: Double) {
    func check<K: TestedKernels>(_: K.Type, _ count: Int) {
      typealias E = K.Element
      let (gradient, w): ([E], [E]) = (uniform(count, seed: 1), uniform(count, seed: 2))
      let m0: [E] = uniform(count, seed: 3)
      let v0: [E] = uniform(count, in: 0...2, seed: 4)
      // The settings as the kernel sees them.
      let settings: [E] = rounded([0.01, 0.9, 0.999, 1e-8, 0.271, 0.002_997])
      let s = doubles(settings)
      var (second, parameters): ([E], [E]) = ([], [])
      let first = updated(m0) { first in
        second = updated(v0) { second in
          parameters = updated(w) {
            K.adamUpdate(
              count: count, lr: settings[0], beta1: settings[1], beta2: settings[2], epsilon: settings[3],
              weightDecay: E(weightDecay), firstCorrection: settings[4], secondCorrection: settings[5],
              gradient: gradient, firstMoment: first, secondMoment: second, parameters: $0)
          }
        }
      }
      let g = (0..<count).map { Double(gradient[$0]) + weightDecay * Double(w[$0]) }
      let m = (0..<count).map { s[1] * Double(m0[$0]) + (1 - s[1]) * g[$0] }
      let v = (0..<count).map { s[2] * Double(v0[$0]) + (1 - s[2]) * g[$0] * g[$0] }
      let change = (0..<count).map { s[0] * m[$0] / s[4] / ((v[$0] / s[5]).squareRoot() + s[3]) }
      expectClose(first, m) { _ in 12 * unit(E.self) }
      expectClose(second, v) { 8 * unit(E.self) * v[$0] }
      expectClose(parameters, zip(w, change).map { Double($0) - $1 }) {
        // The first moment's error is absolute, so that of the change is in units of m = 1.
        unit(E.self) * (2 + 12 * change[$0].magnitude * (1 + 12 / m[$0].magnitude))
      }
    }
    for count in awkwardCounts { check(variant.kernels, count) }
  }
}
