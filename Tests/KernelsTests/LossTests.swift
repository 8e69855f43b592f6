import Glibc
import KernelDispatch
import Testing

@Suite("Losses") struct LossTests {
  static let widths = [1, 2, 3, 10, 15, 16, 17, 33, 100, 257]

  @Test("the squared error is exact to Double's rounding", arguments: Variant.all)
  func squaredError(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int) {
      let prediction: [K.Element] = uniform(3 * columns, in: -1000...1000, seed: 1)
      let target: [K.Element] = uniform(3 * columns, seed: 2)
      let losses = updated([0.0, 0, 0]) {
        K.squaredError(
          rows: 3, columns: columns, scale: 1 / Double(columns), offset: 0.25, prediction: prediction,
          target: target, losses: $0)
      }
      let squares = zip(doubles(prediction), doubles(target)).map { ($0 - $1) * ($0 - $1) }
      let expected = (0..<3).map { r in
        0.25 + squares[r * columns..<(r + 1) * columns].reduce(0, +) / Double(columns)
      }
      expectClose(losses, expected) { Double(columns + 4) * 0x1p-53 * expected[$0] }

      let before: [K.Element] = uniform(3 * columns, seed: 3)
      let after = updated(before) {
        K.squaredErrorBackward(
          count: 3 * columns, factor: 0.75 / K.Element(columns), prediction: prediction, target: target,
          predictionGradient: $0)
      }
      let gradient = before.indices.map {
        Double(before[$0])
          + 0.75 / Double(columns) * (Double(prediction[$0]) - Double(target[$0]))
      }
      expectClose(after, gradient) { 6 * unit(K.Element.self) * (gradient[$0].magnitude + 4) }
    }
    for columns in Self.widths { check(variant.kernels, columns) }
  }

  /// The kernel's probabilities and losses.
  func crossEntropy<K: TestedKernels>(
    _: K.Type, columns: Int, _ logits: [K.Element], _ labels: [Int64], ignored: Int64 = -7
  ) -> (probabilities: [K.Element], losses: [Double]) {
    var losses: [Double] = []
    let probabilities = updated(logits) { p in
      losses = updated([Double](repeating: -1, count: labels.count)) {
        K.crossEntropy(
          rows: labels.count, positions: 1, columns: columns, ignored: ignored, smoothing: 0,
          logits: logits, labels: labels, probabilities: p, losses: $0)
      }
    }
    return (probabilities, losses)
  }

  @Test("softmax and cross-entropy are right to a few roundings", arguments: Variant.all)
  func softmax(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int, _ spread: Double) {
      let rows = 20
      let logits: [K.Element] = uniform(rows * columns, in: -spread...spread, seed: 1)
      let labels = (0..<rows).map { Int64($0 * 7 % columns) }
      let (probabilities, losses) = crossEntropy(K.self, columns: columns, logits, labels)

      for (r, label) in labels.enumerated() {
        let x = doubles(Array(logits[r * columns..<(r + 1) * columns])).map { Float80($0) }
        let largest = x.max() ?? 0
        let terms = x.map { exp($0 - largest) }
        let total = terms.reduce(0, +)
        // The difference of logits is rounded before its exponential: relatively, by itself.
        let roundings = 12 + 2 * spread
        for c in 0..<columns {
          let expected = Double(terms[c] / total)
          let error = (Double(probabilities[r * columns + c]) - expected).magnitude
          #expect(
            error <= roundings * unit(K.Element.self) * expected + Double(K.Element.leastNormalMagnitude))
        }
        let others = (terms.sorted().dropLast().reduce(0, +))
        let expected = Double(largest - x[Int(label)] + log1p(others))
        #expect(
          (losses[r] - expected).magnitude
            <= roundings * unit(K.Element.self) * Double(others / total) + 4e-16 * expected)
      }
    }
    for columns in Self.widths {
      for spread in [0.1, 3.0, 50.0] { check(variant.kernels, columns, spread) }
    }
  }

  @Test("cross-entropy neither overflows nor loses a small loss", arguments: Variant.all)
  func extremes(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let far = crossEntropy(K.self, columns: 2, [1000, 0, 1000, 0, -1000, -1000], [1, 0, 0])
      expectClose(far.losses, [1000, 0, log(2)]) { _ in 1e-16 }
      expectClose(far.probabilities, [1, 0, 1, 0, 0.5, 0.5]) { _ in 0 }
      let near = crossEntropy(K.self, columns: 3, [2, 1, 0], [0])
      expectClose(near.losses, [0.40760596444438]) { _ in 4 * unit(K.Element.self) }
      let small = crossEntropy(K.self, columns: 2, [0, -50], [0])
      expectClose(small.losses, [exp(-50)]) { _ in 4 * unit(K.Element.self) * exp(-50) }
      // The largest logit twice.
      let tie = crossEntropy(K.self, columns: 3, [5, 5, -100], [1])
      expectClose(tie.losses, [log(2)]) { _ in 1e-15 }
    }
    check(variant.kernels)
  }

  @Test(
    "a NaN or infinite logit shows in its row's loss and probabilities, and in no other's",
    arguments: Variant.all)
  func nonfinite(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int) {
      for bad in [K.Element.nan, .infinity] {
        for at in 0..<columns {
          var logits = [K.Element](repeating: 0.5, count: 3 * columns)
          logits[columns + at] = bad
          let (probabilities, losses) = crossEntropy(K.self, columns: columns, logits, [0, 0, 0])
          #expect(losses.map(\.isFinite) == [true, false, true])
          for i in probabilities.indices { #expect(probabilities[i].isNaN == (i / columns == 1)) }
        }
      }
    }
    for columns in [1, 2, 17, 40] { check(variant.kernels, columns) }
  }

  @Test("a logit of −∞ has probability 0", arguments: Variant.all)
  func masked(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let result = crossEntropy(K.self, columns: 3, [-.infinity, 1, 1, 1, 1, -.infinity], [1, 2])
      expectClose(result.probabilities, [0, 0.5, 0.5, 0.5, 0.5, 0]) { _ in 0 }
      expectClose(result.losses, [log(2), .infinity]) { _ in 1e-15 }
    }
    check(variant.kernels)
  }

  static let wrongLabels: [Int64] = [-1, 3, .max, .min, 1 << 32]

  @Test("a label out of range gives a NaN loss and touches nothing", arguments: Variant.all)
  func wrongLabel(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      for (label, ignored) in Self.wrongLabels.flatMap({ [($0, Int64(-7)), ($0, Int64.min)] }) {
        let (p, losses) = crossEntropy(K.self, columns: 3, [1, 1, 1, 2, 2, 2], [label, 0], ignored: ignored)
        #expect(losses[0].isNaN && losses[1].isFinite)
        let gradient = updated([K.Element](repeating: 0, count: 6)) {
          K.crossEntropyBackward(
            rows: 2, positions: 1, columns: 3, ignored: ignored, smoothing: 0, probabilities: p,
            labels: [label, 0],
            lossGradient: 3, logitsGradient: $0)
        }
        expectClose(gradient, [1, 1, 1, -2, 1, 1]) { _ in 8 * unit(K.Element.self) }
      }
    }
    check(variant.kernels)
  }

  @Test("the gradient of cross-entropy is added, p − 1 taken before it is scaled", arguments: Variant.all)
  func backward(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int) {
      let p: [K.Element] = uniform(4 * columns, in: 0...1, seed: 1)
      let before: [K.Element] = uniform(4 * columns, seed: 2)
      let labels = (0..<4).map { Int64($0 % columns) }
      let after = updated(before) {
        K.crossEntropyBackward(
          rows: 4, positions: 1, columns: columns, ignored: .min, smoothing: 0, probabilities: p,
          labels: labels,
          lossGradient: -1.5, logitsGradient: $0)
      }
      let expected = p.indices.map { i in
        Double(before[i])
          - 1.5 * (Double(p[i]) - (Int64(i % columns) == labels[i / columns] ? 1 : 0))
      }
      expectClose(after, expected) { _ in 6 * unit(K.Element.self) }
    }
    for columns in Self.widths { check(variant.kernels, columns) }
  }
}
