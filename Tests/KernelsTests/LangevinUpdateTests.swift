import KernelDispatch
import TestSupport
import Testing

@Suite("Langevin update") struct LangevinUpdateTests {
  static let stream = RandomStream(seed: 3, chain: 1, purpose: .noise, step: 4)

  /// Every combination of the options, by name.
  struct Options: Sendable, CustomTestStringConvertible {
    var noiseLevel: Double
    var localization: Double
    var metricLocalization: Double
    var weightDecay: Double
    var preconditioned: Bool
    var moved: Bool

    var testDescription: String {
      "noise \(noiseLevel), localization \(localization) or \(metricLocalization), decay \(weightDecay)"
        + (preconditioned ? ", preconditioned" : "") + (moved ? ", moved" : "")
    }

    static let all = [0, 1, 0.5].flatMap { noise in
      [(0, 0), (5, 0), (0, 5)].flatMap { isotropic, metric in
        [0, 0.25].flatMap { decay in
          [(false, false), (true, false), (false, true), (true, true)].map {
            Options(
              noiseLevel: noise, localization: isotropic, metricLocalization: metric, weightDecay: decay,
              preconditioned: $0.0, moved: $0.1)
          }
        }
      }
    }

    func step<E: BinaryFloatingPoint>(_: E.Type) -> LangevinStep<E> {
      LangevinStep(
        lr: 0.125, nbeta: 3, localization: E(localization), metricLocalization: E(metricLocalization),
        weightDecay: E(weightDecay), noiseLevel: E(noiseLevel))
    }
  }

  @Test("is the formula with the stream's normals", arguments: Variant.all, Options.all)
  func formula(_ variant: Variant, _ options: Options) {
    func check<K: TestedKernels>(_: K.Type, count: Int) {
      typealias E = K.Element
      let center: [E] = uniform(count, seed: 1)
      let gradient: [E] = uniform(count, seed: 2)
      let metric: [E] = uniform(count, in: 0.1...4, seed: 3)
      let displacement: [E] = uniform(count, seed: 4)
      let parameters: [E] = rounded(zip(doubles(center), doubles(displacement)).map { $0 + $1 })
      let z = doubles(updated(center) { K.normals(count: count, stream: Self.stream, values: $0) })

      var newParameters: [E] = []
      var moves: [E] = []
      let newDisplacement = updated(displacement) { u in
        newParameters = updated(parameters) { w in
          moves = updated(center) { move in
            metric.withUnsafeBufferPointer { metric in
              K.langevinUpdate(
                count: count, step: options.step(E.self), stream: Self.stream, center: center,
                gradient: gradient, preconditioner: options.preconditioned ? metric.baseAddress : nil,
                displacement: u, parameters: w, move: options.moved ? move : nil)
            }
          }
        }
      }

      let a = options.preconditioned ? doubles(metric) : [Double](repeating: 1, count: count)
      let (g, u, w, c) = (doubles(gradient), doubles(displacement), doubles(parameters), doubles(center))
      let expected = (0..<count).map { i in
        let drift =
          a[i] * (3 * g[i] + options.localization * u[i] + options.weightDecay * w[i])
          + options.metricLocalization * u[i]
        return u[i] - 0.0625 * drift + (0.125 * a[i]).squareRoot() * options.noiseLevel * z[i]
      }
      // Every term is below 4, there are five, and each passes about six roundings.
      let tolerance = 60 * unit(E.self)
      expectClose(newDisplacement, expected) { _ in tolerance }
      expectClose(newParameters, zip(c, expected).map { $0 + $1 }) { _ in 2 * tolerance }
      let change = options.moved ? zip(doubles(newDisplacement), u).map { $0 - $1 } : c
      expectClose(moves, change) { _ in 4 * unit(E.self) }
    }
    for count in awkwardCounts { check(variant.kernels, count: count) }
  }

  @Test("descends the potential whose gradient is its formula", arguments: Variant.all, Options.all)
  func potential(_ variant: Variant, _ options: Options) {
    func check<K: TestedKernels>(_: K.Type, count: Int) {
      typealias E = K.Element
      let metric: [E] = uniform(count, in: 0.25...4, seed: 3)
      let displacement: [E] = uniform(count, seed: 4)
      let parameters: [E] = uniform(count, seed: 5)
      let move: [E] = uniform(count, seed: 6)
      let gradient: [E] = uniform(count, seed: 2)
      let result = updated(gradient) { gradient in
        metric.withUnsafeBufferPointer { metric in
          move.withUnsafeBufferPointer { move in
            K.potentialGradient(
              count: count, step: options.step(E.self), displacement: displacement, parameters: parameters,
              preconditioner: options.preconditioned ? metric.baseAddress : nil,
              undoing: options.moved ? move.baseAddress : nil, gradient: gradient)
          }
        }
      }
      let a = options.preconditioned ? doubles(metric) : [Double](repeating: 1, count: count)
      let d = options.moved ? doubles(move) : [Double](repeating: 0, count: count)
      let (g, u, w) = (doubles(gradient), doubles(displacement), doubles(parameters))
      let expected = (0..<count).map { i in
        3 * g[i] + (options.localization + options.metricLocalization / a[i]) * (u[i] - d[i])
          + options.weightDecay * (w[i] - d[i])
      }
      // The largest term is 5 · 2 / ¼; each passes about six roundings.
      expectClose(result, expected) { _ in 6 * 50 * unit(E.self) }
    }
    for count in awkwardCounts { check(variant.kernels, count: count) }
  }

  @Test("moves a free particle by the stream's normals, to the bit", arguments: Variant.all)
  func noise(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let zeros = [K.Element](repeating: 0, count: 1000)
      let step = LangevinStep<K.Element>(
        lr: 1, nbeta: 0, localization: 0, metricLocalization: 0, weightDecay: 0, noiseLevel: 1)
      var parameters = zeros
      let displacement = updated(zeros) {
        K.langevinUpdate(
          count: 1000, step: step, stream: Self.stream, center: zeros, gradient: zeros,
          preconditioner: nil, displacement: $0, parameters: &parameters, move: nil)
      }
      let z = updated(zeros) { K.normals(count: 1000, stream: Self.stream, values: $0) }
      #expect(displacement == z)
      #expect(parameters == z)
    }
    check(variant.kernels)
  }

  @Test("allocates nothing, nor does the making of random numbers", arguments: Variant.all)
  func allocations(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      var x = [K.Element](repeating: 1, count: 1000)
      var u = x
      var w = x
      var words = [UInt32](repeating: 0, count: 1000)
      let step = LangevinStep<K.Element>(
        lr: 1, nbeta: 0, localization: 0, metricLocalization: 0, weightDecay: 0, noiseLevel: 1)
      // The first call of a witness through an existential may set up its table.
      for round in 0..<2 {
        let before = test_allocation_count()
        x.withUnsafeMutableBufferPointer { x in
          guard let x = x.baseAddress else { return }
          K.langevinUpdate(
            count: 1000, step: step, stream: Self.stream, center: x, gradient: x, preconditioner: x,
            displacement: &u, parameters: &w, move: nil)
          K.normals(count: 1000, stream: Self.stream, values: x)
          K.randomWords(count: 1000, stream: Self.stream, words: &words)
          K.addColumnSums(rows: 2, columns: 500, matrix: x, vector: &u)
        }
        if round == 1 { #expect(test_allocation_count() == before) }
      }
    }
    check(variant.kernels)
  }
}
