import LearningCoefficient
import TensorCore
import Testing

@Suite struct ReducedRankRegressionTests {
  @Test(arguments: [
    ([4, 2, 4], 1, 5, 1, 2), ([4, 2, 4], 2, 6, 1, 1), ([2, 2, 2], 0, 3, 2, 1),
    ([5, 3, 5], 0, 13, 2, 2), ([10, 10, 10], 4, 91, 2, 1),
    ([1, 1, 5], 0, 1, 2, 1),  // M + H < N + r
    ([5, 1, 1], 0, 1, 2, 1),  // N + H < M + r
    ([1, 5, 2], 1, 1, 1, 1),  // M + N < H + r
  ])
  func publishedValues(sizes: [Int], rank: Int, numerator: Int, denominator: Int, multiplicity: Int) throws {
    let coefficient = try ReducedRankRegression.coefficient(
      inputs: sizes[0], hidden: sizes[1], outputs: sizes[2], rank: rank)
    #expect(try coefficient.value == Rational(numerator, denominator))
    #expect(coefficient.multiplicity == multiplicity)
  }

  @Test func agreesWithTheDeepLinearNetworkOfTwoLayers() throws {
    for sizes in tuples(3, of: 1...7) {
      for rank in 0...(sizes.min() ?? 0) {
        let regression = try ReducedRankRegression.coefficient(
          inputs: sizes[0], hidden: sizes[1], outputs: sizes[2], rank: rank)
        #expect(
          try regression == DeepLinearNetwork.coefficient(widths: sizes, rank: rank), "\(sizes), \(rank)")
      }
    }
  }

  @Test func theLargestSizes() throws {
    let largest = Int(Int32.max)
    let coefficient = try ReducedRankRegression.coefficient(
      inputs: largest, hidden: largest, outputs: largest, rank: largest)
    #expect(try coefficient.value == Rational(largest * largest, 2))
  }

  @Test(arguments: [
    [0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 2], [1, 1, 1, -1], [.max, .max, .max, .max],
    [.min, .min, .min, .min], [1, .max, 1, 0], [.min, 1, 1, 0], [3, 2, 3, 3], [1, 1, 1, .min],
  ])
  func absurdArgumentsAreRefused(sizes: [Int]) {
    #expect(throws: InvalidArgument.self) {
      try ReducedRankRegression.coefficient(
        inputs: sizes[0], hidden: sizes[1], outputs: sizes[2], rank: sizes[3])
    }
  }
}
