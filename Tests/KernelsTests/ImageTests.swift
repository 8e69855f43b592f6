import KernelDispatch
import Testing

@Suite("Images") struct ImageTests {
  static let windows: [Windows] = [
    Windows(
      plane: (1, 1), kernel: (1, 1), stride: (1, 1), padding: (0, 0), dilation: (1, 1), result: (1, 1)),
    Windows(
      plane: (5, 37), kernel: (3, 3), stride: (1, 1), padding: (1, 1), dilation: (1, 1), result: (5, 37)),
    Windows(
      plane: (9, 41), kernel: (2, 3), stride: (2, 2), padding: (1, 1), dilation: (1, 1), result: (5, 21)),
    Windows(
      plane: (8, 20), kernel: (3, 2), stride: (1, 3), padding: (2, 0), dilation: (2, 5), result: (8, 5)),
    // Windows that meet nothing but padding, left, right, above and below.
    Windows(
      plane: (2, 3), kernel: (1, 2), stride: (1, 1), padding: (3, 5), dilation: (1, 1), result: (8, 12)),
    // Elements on both sides of the plane.
    Windows(
      plane: (1, 2), kernel: (2, 2), stride: (1, 1), padding: (2, 4), dilation: (3, 7), result: (2, 3)),
  ]

  /// The element of the image that each element of the matrix is, if any.
  private static func sources(_ w: Windows, _ channels: Int, _ firstRow: Int, _ rows: Int) -> [[Int?]] {
    var matrix: [[Int?]] = []
    for c in 0..<channels {
      for i in 0..<w.kernel.rows {
        for j in 0..<w.kernel.columns {
          var row: [Int?] = []
          for r in firstRow..<firstRow + rows {
            for q in 0..<w.result.columns {
              let h = r * w.stride.rows + i * w.dilation.rows - w.padding.rows
              let v = q * w.stride.columns + j * w.dilation.columns - w.padding.columns
              let inside = (0..<w.plane.rows).contains(h) && (0..<w.plane.columns).contains(v)
              row.append(inside ? (c * w.plane.rows + h) * w.plane.columns + v : nil)
            }
          }
          matrix.append(row)
        }
      }
    }
    return matrix
  }

  @Test("columns are taken from their places, and go back to them", arguments: Variant.all)
  func columns(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ windows: Windows, _ channels: Int, _ firstRow: Int, _ rows: Int)
    {
      let image: [K.Element] = uniform(channels * windows.plane.rows * windows.plane.columns, seed: 1)
      let sources = Self.sources(windows, channels, firstRow, rows)
      let width = rows * windows.result.columns
      let rowStep = width + 3
      let before: [K.Element] = uniform(sources.count * rowStep, seed: 2)
      let matrix = updated(before) {
        K.imageToColumns(
          windows, channels: channels, firstRow: firstRow, rows: rows, image: image, columns: $0,
          rowStep: rowStep)
      }
      var expected = doubles(before)
      var sums = doubles(image)
      for (r, row) in sources.enumerated() {
        for (c, source) in row.enumerated() {
          expected[r * rowStep + c] = source.map { Double(image[$0]) } ?? 0
          if let source { sums[source] += Double(before[r * rowStep + c]) }
        }
      }
      #expect(doubles(matrix) == expected)
      let back = updated(image) {
        K.columnsToImage(
          windows, channels: channels, firstRow: firstRow, rows: rows, columns: before, rowStep: rowStep,
          image: $0)
      }
      // Up to nine summands below 2, each added with a rounding.
      expectClose(back, sums) { _ in 10 * 20 * unit(K.Element.self) }
    }
    for windows in Self.windows {
      check(variant.kernels, windows, 2, 0, windows.result.rows)
      check(variant.kernels, windows, 1, windows.result.rows / 2, (windows.result.rows + 1) / 2)
    }
  }

  @Test("rows are copied at their steps", arguments: Variant.all)
  func copyRows(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int) {
      let (from, to) = (columns + 5, columns + 2)
      let x: [K.Element] = uniform(rows * from, seed: 1)
      let before: [K.Element] = uniform(rows * to, seed: 2)
      let after = updated(before) {
        K.copyRows(rows: rows, columns: columns, from: x, step: from, to: $0, step: to)
      }
      for i in before.indices {
        #expect(after[i] == (i % to < columns ? x[i / to * from + i % to] : before[i]))
      }
    }
    for (rows, columns) in RowAndReductionTests.shapes where rows < 1000 {
      check(variant.kernels, rows, columns)
    }
  }

  @Test("addColumnVector adds an element to every row", arguments: Variant.all)
  func addColumnVector(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ rows: Int, _ columns: Int) {
      let matrix: [K.Element] = uniform(rows * columns, seed: 1)
      let vector: [K.Element] = uniform(rows, seed: 2)
      let actual = updated(matrix) {
        K.addColumnVector(rows: rows, columns: columns, vector: vector, matrix: $0)
      }
      let (m, v) = (doubles(matrix), doubles(vector))
      // One rounding of a sum below 4.
      expectClose(actual, m.indices.map { m[$0] + v[$0 / columns] }) { _ in 4 * unit(K.Element.self) }
    }
    for (rows, columns) in RowAndReductionTests.shapes { check(variant.kernels, rows, columns) }
  }

  @Test("addChannelSums adds sums over samples and places in Double", arguments: Variant.all)
  func addChannelSums(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ samples: Int, _ channels: Int, _ places: Int) {
      let input: [K.Element] = uniform(samples * channels * places, seed: 1)
      let vector: [K.Element] = uniform(channels, seed: 2)
      let actual = updated(vector) {
        K.addChannelSums(
          samples: samples, channels: channels, places: places, input: input, vector: $0)
      }
      var expected = doubles(vector)
      for (i, x) in doubles(input).enumerated() { expected[i / places % channels] += x }
      expectClose(actual, expected) {
        2 * unit(K.Element.self) * (expected[$0].magnitude + 2) + Double(samples * places) * 100 * 0x1p-53
      }
    }
    for (samples, channels, places) in [
      (1, 1, 1), (0, 3, 2), (7, 3, 1), (5, 129, 1), (3, 300, 17), (2, 2, 1000),
    ] {
      check(variant.kernels, samples, channels, places)
    }
  }

  @Test("of equal elements the first is the largest, a NaN is larger than all", arguments: Variant.all)
  func maxPool(_ variant: Variant) {
    /// The largest elements, and where they are, of the four windows (2, 2) of a plane (2, 5), or of every `step`th.
    func check<K: TestedKernels>(
      _: K.Type, _ step: Int, _ plane: [Double], _ maxima: [Double], at places: [Int]
    ) {
      let x = rounded(plane, to: K.Element.self)
      let chosen = stride(from: 0, to: 4, by: step)
      let windows = Windows(
        plane: (2, 5), kernel: (2, 2), stride: (1, step), padding: (0, 0), dilation: (1, 1),
        result: (1, 3 / step + 1))
      let y = updated([K.Element](repeating: 5, count: windows.result.columns)) {
        K.maxPool(windows, planes: 1, input: x, output: $0)
      }
      let dy: [K.Element] = uniform(windows.result.columns, seed: 1)
      let before: [K.Element] = uniform(x.count, seed: 2)
      var expected = before
      for (i, window) in chosen.enumerated() {
        let maximum = maxima[window]
        #expect(Double(y[i]) == maximum || y[i].isNaN && maximum.isNaN)
        expected[places[window]] += dy[i]
      }
      let after = updated(before) {
        K.maxPoolBackward(windows, planes: 1, input: x, outputGradient: dy, inputGradient: $0)
      }
      #expect(after == expected)
    }
    let (nan, infinity) = (Double.nan, Double.infinity)
    for step in [1, 2, 3] {
      check(
        variant.kernels, step, [1, 1, 2, 0, -1, 1, 2, 2, 0, -1], [2, 2, 2, 0], at: [6, 2, 2, 3])
      check(
        variant.kernels, step, [-infinity, -infinity, 0, -0.0, 7, -infinity, -infinity, 0, 0, nan],
        [-infinity, 0, 0, nan], at: [0, 2, 2, 9])
      check(
        variant.kernels, step, [nan, 9, 8, 7, infinity, 6, nan, 3, 4, 5], [nan, nan, 8, infinity],
        at: [6, 6, 2, 4])
    }
  }

  @Test("averages are sums in Double, of the plane alone or with its padding", arguments: Variant.all)
  func averagePool(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let windows = Windows(
        plane: (2, 3), kernel: (2, 3), stride: (1, 1), padding: (1, 1), dilation: (1, 1), result: (3, 3))
      let large: K.Element = 16_777_216
      let x: [K.Element] = [large, 1, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6]
      func pool(_ countsPadding: Bool) -> [Double] {
        doubles(
          updated([K.Element](repeating: 5, count: 18)) {
            K.averagePool(windows, planes: 2, countsPadding: countsPadding, input: x, output: $0)
          })
      }
      let sums = [3, 6, 5, 12, 21, 16, 9, 15, 11].map(Double.init)
      let counts = [2, 3, 2, 4, 6, 4, 2, 3, 2].map(Double.init)
      let tolerance = { (i: Int) in 4 * unit(K.Element.self) }
      expectClose(
        rounded(Array(pool(true)[9...]), to: K.Element.self), sums.map { $0 / 6 }, within: tolerance)
      expectClose(
        rounded(Array(pool(false)[9...]), to: K.Element.self), zip(sums, counts).map(/), within: tolerance)
      // 2²⁴ + 1 + 1 needs 25 bits: a sum in Float would lose both ones.
      #expect(pool(true)[1] == Double(K.Element(16_777_218.0 / 6)))
      let gradient = [K.Element](repeating: 12, count: 18)
      let before: [K.Element] = uniform(12, seed: 3)
      for (countsPadding, shares) in [
        (true, [8, 12, 8]), (false, [6 + 4 + 3 + 2, 6 + 4 + 6 + 3 + 2 + 3, 15]),
      ] {
        let after = updated(before) {
          K.averagePoolBackward(
            windows, planes: 2, countsPadding: countsPadding, outputGradient: gradient, inputGradient: $0)
        }
        expectClose(after, doubles(before).enumerated().map { $1 + Double(shares[$0 % 3]) }) { _ in
          100 * unit(K.Element.self)
        }
      }
    }
    check(variant.kernels)
  }
}
