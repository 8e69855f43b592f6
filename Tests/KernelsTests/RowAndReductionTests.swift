import KernelDispatch
import Testing

@Suite("Rows and reductions") struct RowAndReductionTests {
  static let shapes = [
    (0, 3), (3, 0), (1, 1), (5, 1), (7, 10), (3, 16), (1000, 3), (4, 127), (3, 129), (2, 300),
  ]

  @Test("addRowVector adds the vector to every row", arguments: Variant.all)
  func addRowVector(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int) {
      let matrix: [K.Element] = uniform(rows * columns, seed: 1)
      let vector: [K.Element] = uniform(columns, seed: 2)
      let actual = updated(matrix) {
        K.addRowVector(rows: rows, columns: columns, vector: vector, matrix: $0)
      }
      let (m, v) = (doubles(matrix), doubles(vector))
      // One rounding of a sum below 4.
      expectClose(actual, m.indices.map { m[$0] + v[$0 % columns] }) { _ in 4 * unit(K.Element.self) }
    }
    for (rows, columns) in Self.shapes { check(variant.kernels, rows, columns) }
  }

  @Test("addColumnSums adds each column's sum with one rounding or two", arguments: Variant.all)
  func addColumnSums(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int) {
      let matrix: [K.Element] = uniform(rows * columns, seed: 1)
      let vector: [K.Element] = uniform(columns, seed: 2)
      let actual = updated(vector) {
        K.addColumnSums(rows: rows, columns: columns, matrix: matrix, vector: $0)
      }
      let (m, v) = (doubles(matrix), doubles(vector))
      let expected = (0..<columns).map { c in
        (0..<rows).reduce(v[c]) { $0 + m[$1 * columns + c] }
      }
      expectClose(actual, expected) {
        // The sum in Double errs by a rounding for each row, of a partial sum below 2 · rows.
        2 * unit(K.Element.self) * (expected[$0].magnitude + 2) + Double(2 * rows * rows) * 0x1p-53
      }
    }
    for (rows, columns) in Self.shapes { check(variant.kernels, rows, columns) }
  }

  @Test("dot products are exact to Double's rounding whatever the element", arguments: Variant.all)
  func dot(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ count: Int) {
      let a: [K.Element] = uniform(count, seed: 1)
      let b: [K.Element] = uniform(count, seed: 2)
      let c: [K.Element] = uniform(count, in: 0...2, seed: 3)
      let (x, y, w) = (doubles(a), doubles(b), doubles(c))
      let exact = (0..<count).reduce(Float80(0)) { $0 + Float80(x[$1]) * Float80(y[$1]) }
      let weighted = (0..<count).reduce(Float80(0)) {
        $0 + Float80(w[$1]) * Float80(x[$1]) * Float80(y[$1])
      }
      // Terms below 8; 16 partial sums of count / 16 terms, each addition with its rounding.
      let tolerance = 8 * Double(count) * Double(count / 16 + 20) * 0x1p-53
      #expect((K.dot(count: count, a, b) - Double(exact)).magnitude <= tolerance)
      #expect((K.weightedDot(count: count, weights: c, a, b) - Double(weighted)).magnitude <= tolerance)
      let differences = (0..<count).map { Float80(x[$0]) - Float80(y[$0]) }
      let distance = differences.reduce(Float80(0)) { $0 + $1 * $1 }
      // The difference is below 4, and rounded: twice the terms, and two roundings more in each.
      #expect((K.squaredDistance(count: count, a, b) - Double(distance)).magnitude <= 4 * tolerance)
      let over = c.map { $0 + 0.5 }
      let divisors = doubles(over)
      let terms = (0..<count).map { Float80(x[$0]) * Float80(x[$0]) / Float80(divisors[$0]) }
      let norm = terms.reduce(0, +)
      #expect((K.squaredNorm(count: count, over: over, a) - Double(norm)).magnitude <= 2 * tolerance)
    }
    for count in awkwardCounts { check(variant.kernels, count) }
  }

  @Test("a dot product keeps a small term beside a large one", arguments: Variant.all)
  func accumulation(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      #expect(K.dot(count: 3, [4096, 0.5, 0], [4096, 0.5, 1]) == 16_777_216.25)
    }
    check(variant.kernels)
  }

  @Test("addWithSigns adds or subtracts by the bits", arguments: Variant.all)
  func addWithSigns(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ count: Int) {
      let values: [K.Element] = uniform(count, seed: 1)
      let weights: [K.Element] = uniform(count, in: 0...4, seed: 2)
      let signs = (0..<(count + 31) / 32).map { UInt32(truncatingIfNeeded: ($0 + 1) &* 0x9E37_79B9) }
      let sums = (0..<count).map { Double($0) }
      for weights in [weights, nil] {
        let actual = updated(sums) {
          K.addWithSigns(count: count, factor: 0.5, signs: signs, weights: weights, values, to: $0)
        }
        for i in 0..<count {
          let term = Double(values[i]) * Double(weights?[i] ?? 1).squareRoot() / 2
          let expected = sums[i] + (signs[i / 32] >> UInt32(i % 32) & 1 == 0 ? term : -term)
          // The root, the product with it, and the sum: below 2, and below `count`.
          let tolerance = 4 * unit(K.Element.self) + Double(count) * 0x1p-52
          #expect((actual[i] - expected).magnitude <= tolerance)
        }
      }
    }
    for count in awkwardCounts { check(variant.kernels, count) }
  }

  @Test("firstNonfinite finds the first of them, and none where there is none", arguments: Variant.all)
  func firstNonfinite(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let finite: [K.Element] = uniform(600, seed: 1)
      for count in awkwardCounts where count <= 600 {
        #expect(K.firstNonfinite(count: count, finite) == nil)
      }
      for (at, bad) in [(0, K.Element.nan), (1, .infinity), (255, -.infinity), (256, .nan), (599, -.nan)] {
        var x = finite
        x[at] = bad
        x[599] = .nan
        #expect(K.firstNonfinite(count: 600, x) == at)
        #expect(K.firstNonfinite(count: at, x) == nil)
      }
      let extremes = specials(K.Element.self).filter(\.isFinite)
      #expect(K.firstNonfinite(count: extremes.count, extremes) == nil)
    }
    check(variant.kernels)
  }
}
