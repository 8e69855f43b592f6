import Glibc
import KernelDispatch
import Testing

@Suite("Attention") struct AttentionTests {
  /// Columns, what the first row sees, and the steps of the mask (nil: none) from row to row and from column to column.
  static let blocks: [(columns: Int, visible: Int, mask: (Int, Int)?)] = [
    (1, 1, nil), (1, 1, (0, 0)), (7, 7, (7, 1)), (16, 3, nil), (17, 15, (0, 1)), (33, 1, (33, 1)),
    (64, 64, nil), (65, 31, (1, 0)), (257, 300, (257, 1)),
  ]
  static let rows = 5

  /// Probabilities, largest scores and factors, in Double.
  private func reference(_ scores: [Double], _ mask: [Double], _ block: (Int, Int, (Int, Int)?)) -> (
    probabilities: [Double], maxima: [Double], factors: [Double]
  ) {
    let (columns, visible, steps) = block
    var (probabilities, maxima, factors): ([Double], [Double], [Double]) = ([], [], [])
    for r in 0..<Self.rows {
      let seen = (0..<min(columns, visible + r)).map { c in
        scores[r * columns + c] + (steps.map { mask[r * $0.0 + c * $0.1] } ?? 0)
      }
      let largest = seen.max() ?? 0
      let factor = 1 / seen.reduce(0) { $0 + exp($1 - largest) }
      maxima.append(largest)
      factors.append(factor)
      probabilities += seen.map { exp($0 - largest) * factor }
      probabilities += [Double](repeating: 0, count: columns - seen.count)
    }
    return (probabilities, maxima, factors)
  }

  /// The kernel's probabilities and what it keeps.
  private func softmax<K: TestedKernels>(_: K.Type, _ block: ScoreBlock<K.Element>, _ scores: [K.Element])
    -> (
      probabilities: [K.Element], maxima: [K.Element], factors: [K.Element]
    )
  {
    let nothing = [K.Element](repeating: -1, count: block.rows)
    var (maxima, factors) = (nothing, nothing)
    let probabilities = updated(scores) { scores in
      maxima = updated(nothing) { maxima in
        factors = updated(nothing) {
          K.attentionSoftmax(block, scores: scores, maxima: maxima, factors: $0)
        }
      }
    }
    return (probabilities, maxima, factors)
  }

  @Test("a row is the softmax of what it sees, and is made again from what it kept", arguments: Variant.all)
  func softmax(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int, _ visible: Int, _ steps: (Int, Int)?) {
      let scores: [K.Element] = uniform(Self.rows * columns, in: -20...20, seed: 1)
      let mask: [K.Element] = uniform(Self.rows * columns, in: -5...5, seed: 2)
      let expected = reference(doubles(scores), doubles(mask), (columns, visible, steps))
      mask.withUnsafeBufferPointer { mask in
        let block = ScoreBlock<K.Element>(
          rows: Self.rows, columns: columns, visible: visible, mask: steps == nil ? nil : mask.baseAddress,
          maskRowStep: steps?.0 ?? 0, maskColumnStep: steps?.1 ?? 0)
        let (first, maxima, factors) = softmax(K.self, block, scores)
        // A score of 25 is rounded by 25 units, and its exponential is as wrong as that.
        expectClose(maxima, expected.maxima) { _ in 32 * unit(K.Element.self) }
        expectClose(factors, expected.factors) { 128 * unit(K.Element.self) * expected.factors[$0] }
        expectClose(first, expected.probabilities) {
          128 * unit(K.Element.self) * expected.probabilities[$0]
        }
        let again = updated(scores) {
          K.attentionProbabilities(block, scores: $0, maxima: maxima, factors: factors)
        }
        #expect(again == first)
      }
    }
    for block in Self.blocks { check(variant.kernels, block.columns, block.visible, block.mask) }
  }

  @Test("a mask of minus infinity leaves equal scores, and beside others no weight", arguments: Variant.all)
  func infiniteMask(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let mask: [K.Element] =
        [K.Element](repeating: -.infinity, count: 20) + (0..<20).map { $0 % 4 == 1 ? 0 : -.infinity }
      let largest = K.Element.greatestFiniteMagnitude
      let scores = (0..<40).map { K.Element($0 % 3) }
      mask.withUnsafeBufferPointer { mask in
        let block = ScoreBlock<K.Element>(
          rows: 2, columns: 20, visible: 20, mask: mask.baseAddress, maskRowStep: 20, maskColumnStep: 1)
        let (probabilities, maxima, factors) = softmax(K.self, block, scores)
        #expect(maxima[0] == -largest && probabilities.prefix(20).allSatisfy { $0 == 1 / 20 as K.Element })
        #expect((0..<20).allSatisfy { (probabilities[20 + $0] > 0) == ($0 % 4 == 1) })
        let again = updated(scores) {
          K.attentionProbabilities(block, scores: $0, maxima: maxima, factors: factors)
        }
        #expect(again == probabilities)
      }
    }
    check(variant.kernels)
  }

  @Test("a NaN among what a row sees makes that row NaN", arguments: Variant.all)
  func nan(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, at place: Int) {
      var scores = [K.Element](repeating: 1, count: 40)
      scores[place] = .nan
      let block = ScoreBlock<K.Element>(rows: 2, columns: 20, visible: 18)
      let probabilities = softmax(K.self, block, scores).probabilities
      #expect(probabilities.prefix(18).allSatisfy { $0.isNaN == (place < 18) })
      #expect(probabilities[18] == 0 && probabilities[19] == 0)
      #expect(probabilities[20..<39].allSatisfy { $0 == 1 / 19 as K.Element } && probabilities[39] == 0)
    }
    for place in [0, 1, 17, 18, 19] { check(variant.kernels, at: place) }
  }

  @Test("the gradient of the scores", arguments: Variant.all)
  func gradient(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ columns: Int, _ outputs: Int) {
      let output: [K.Element] = uniform(3 * outputs, seed: 1)
      let outputGradient: [K.Element] = uniform(3 * outputs, seed: 2)
      let probabilities: [K.Element] = uniform(3 * columns, in: 0...1, seed: 3)
      let before: [K.Element] = uniform(3 * columns, seed: 4)
      let after = updated(before) {
        K.attentionScoreGradient(
          rows: 3, columns: columns, outputs: outputs, output: output, outputGradient: outputGradient,
          probabilities: probabilities, gradient: $0)
      }
      let products = zip(doubles(output), doubles(outputGradient)).map(*)
      let expected = before.indices.map { i in
        let r = i / columns
        let mean = products[r * outputs..<(r + 1) * outputs].reduce(0, +)
        return Double(probabilities[i]) * (Double(before[i]) - mean)
      }
      // The mean is below 4 a term, and rounded once.
      expectClose(after, expected) { _ in unit(K.Element.self) * Double(8 * outputs + 8) }
    }
    for (columns, outputs) in [(1, 1), (7, 17), (16, 64), (33, 3), (100, 16)] {
      check(variant.kernels, columns, outputs)
    }
  }
}
