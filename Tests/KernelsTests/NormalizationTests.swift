import KernelDispatch
import Testing

@Suite("Normalization") struct NormalizationTests {
  static let shapes = [(0, 3), (1, 1), (3, 2), (5, 16), (2, 31), (7, 129), (2, 1000)]

  /// The normalized rows, and the factor of each.
  private static func normalized(_ x: [Double], _ columns: Int, _ centred: Bool, _ epsilon: Double) -> (
    rows: [Float80], factors: [Float80]
  ) {
    var result: [Float80] = []
    var factors: [Float80] = []
    for start in stride(from: 0, to: x.count, by: columns) {
      let row = x[start..<start + columns].map { Float80($0) }
      let mean = centred ? row.reduce(0, +) / Float80(columns) : 0
      let variance = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Float80(columns)
      factors.append(1 / (variance + Float80(epsilon)).squareRoot())
      result += row.map { ($0 - mean) * (factors.last ?? 0) }
    }
    return (result, factors)
  }

  @Test("rows far from 0 are right to three roundings", arguments: Variant.all)
  func normalize(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int, _ centred: Bool, at level: Double) {
      let x: [K.Element] = uniform(rows * columns, in: level - 2...level + 2, seed: 1)
      let weight: [K.Element] = uniform(columns, seed: 2)
      let bias: [K.Element] = uniform(columns, seed: 3)
      let (exact, _) = Self.normalized(doubles(x), columns, centred, 0.125)
      let (w, b) = (doubles(weight), doubles(bias))
      for (hasWeight, hasBias) in [(false, false), (true, false), (false, true), (true, true)] {
        let y = updated([K.Element](repeating: .nan, count: x.count)) { y in
          weight.withUnsafeBufferPointer { weight in
            bias.withUnsafeBufferPointer { bias in
              K.normalize(
                rows: rows, columns: columns, centred: centred, epsilon: 0.125, input: x,
                weight: hasWeight ? weight.baseAddress : nil, bias: hasBias ? bias.baseAddress : nil,
                output: y)
            }
          }
        }
        let expected = exact.indices.map { i in
          Double(exact[i] * Float80(hasWeight ? w[i % columns] : 1) + Float80(hasBias ? b[i % columns] : 0))
        }
        expectClose(y, expected) { i in
          // A mean in Double, far from 0, is off by its own rounding.
          let normalized = Double(exact[i].magnitude)
          return 3 * unit(K.Element.self) * (normalized * 2 + 2) + (level + 4) * 0x1p-49
        }
      }
    }
    for (rows, columns) in Self.shapes {
      for level in [0.0, 4096] {
        check(variant.kernels, rows, columns, true, at: level)
        check(variant.kernels, rows, columns, false, at: level)
      }
    }
  }

  @Test("gradients follow their formula, with or without a weight", arguments: Variant.all)
  func backward(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int, _ centred: Bool, _ hasWeight: Bool) {
      let x: [K.Element] = uniform(rows * columns, seed: 1)
      let weight: [K.Element] = uniform(columns, seed: 2)
      let dy: [K.Element] = uniform(rows * columns, seed: 3)
      let before: [K.Element] = uniform((rows + 2) * columns, seed: 4)
      let (exact, factors) = Self.normalized(doubles(x), columns, centred, 0.125)
      let (gradients, w) = (doubles(dy), doubles(weight))
      var sums = [Double](repeating: .nan, count: 2 * columns)
      let after = updated(before) { result in
        weight.withUnsafeBufferPointer { weight in
          K.normalizeBackward(
            rows: rows, columns: columns, centred: centred, epsilon: 0.125, input: x,
            weight: hasWeight ? weight.baseAddress : nil, outputGradient: dy,
            inputGradient: result + 2 * columns, weightGradient: result, biasGradient: result + columns,
            sums: &sums)
        }
      }
      var expected = doubles(before).map { Float80($0) }
      for r in 0..<rows {
        let places = r * columns..<(r + 1) * columns
        let g = places.map { Float80(gradients[$0]) * (hasWeight ? Float80(w[$0 % columns]) : 1) }
        let level = centred ? g.reduce(0, +) / Float80(columns) : 0
        let slope = zip(g, exact[places]).map(*).reduce(0, +) / Float80(columns)
        for (c, i) in places.enumerated() {
          expected[2 * columns + i] += factors[r] * (g[c] - level - exact[i] * slope)
          expected[c] += Float80(gradients[i]) * exact[i]
          expected[columns + c] += Float80(gradients[i])
        }
      }
      // Of numbers below 4, times a factor below 2.9 or summed in Double: a few roundings.
      expectClose(after, expected.map { Double($0) }) { i in
        (i < 2 * columns ? 2 * (expected[i].magnitude < 4 ? 4 : Double(expected[i].magnitude)) : 100)
          * unit(K.Element.self) + Double(rows) * 0x1p-48
      }
      // Only what is wanted.
      let bias = updated(Array(before[..<columns])) {
        K.normalizeBackward(
          rows: rows, columns: columns, centred: centred, epsilon: 0.125, input: x, weight: nil,
          outputGradient: dy, inputGradient: nil, weightGradient: nil, biasGradient: $0, sums: &sums)
      }
      expectClose(
        bias,
        (0..<columns).map {
          Double(expected[columns + $0]) + Double(before[$0]) - Double(before[columns + $0])
        }
      ) { 2 * (8 + Double(expected[columns + $0].magnitude)) * unit(K.Element.self) + Double(rows) * 0x1p-48 }
    }
    for (rows, columns) in Self.shapes {
      for centred in [true, false] {
        check(variant.kernels, rows, columns, centred, true)
        check(variant.kernels, rows, columns, centred, false)
      }
    }
  }

  @Test("a channel's scale and shift, and sums for their gradients", arguments: Variant.all)
  func channelAffine(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ samples: Int, _ channels: Int, _ places: Int) {
      let count = samples * channels * places
      let x: [K.Element] = uniform(count, seed: 1)
      let scale: [K.Element] = uniform(channels, seed: 2)
      let shift: [K.Element] = uniform(channels, seed: 3)
      let dy: [K.Element] = uniform(count, seed: 4)
      let (v, s, t, g) = (doubles(x), doubles(scale), doubles(shift), doubles(dy))
      let y = updated([K.Element](repeating: .nan, count: count)) {
        K.channelAffine(
          samples: samples, channels: channels, places: places, input: x, scale: scale, shift: shift,
          output: $0)
      }
      func channel(_ i: Int) -> Int { i / places % channels }
      expectClose(y, v.indices.map { v[$0] * s[channel($0)] + t[channel($0)] }) { _ in
        12 * unit(K.Element.self)
      }
      let before: [K.Element] = uniform(2 * channels + count, seed: 5)
      func backward(adds: Bool) -> [K.Element] {
        updated(before) {
          K.channelAffineBackward(
            samples: samples, channels: channels, places: places, input: x, scale: scale, outputGradient: dy,
            adds: adds, inputGradient: $0 + 2 * channels, scaleGradient: $0, shiftGradient: $0 + channels)
        }
      }
      let (after, written) = (backward(adds: true), backward(adds: false))
      var expected = doubles(before)
      for i in 0..<count {
        expected[2 * channels + i] += g[i] * s[channel(i)]
        expected[channel(i)] += g[i] * v[i]
        expected[channels + channel(i)] += g[i]
      }
      func tolerance(_ i: Int) -> Double {
        2 * unit(K.Element.self) * (expected[i].magnitude + 4) + Double(samples * places) * 100 * 0x1p-53
      }
      expectClose(after, expected, within: tolerance)
      for i in 0..<count { expected[2 * channels + i] = g[i] * s[channel(i)] }
      expectClose(written, expected, within: tolerance)
    }
    for (samples, channels, places) in [
      (1, 1, 1), (0, 3, 2), (7, 3, 1), (5, 129, 1), (3, 300, 17), (2, 2, 1000),
    ] {
      check(variant.kernels, samples, channels, places)
    }
  }
}
