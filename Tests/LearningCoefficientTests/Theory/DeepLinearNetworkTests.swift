import LearningCoefficient
import TensorCore
import Testing

@Suite struct DeepLinearNetworkTests {
  @Test(arguments: [
    ([2, 2, 2], 0, 3, 2, 1),
    ([2, 1, 2], 0, 1, 1, 2),
    ([2, 2, 2, 2], 0, 3, 2, 3),
    ([3, 3, 3, 3], 0, 3, 1, 1),
    ([5, 3, 5], 0, 13, 2, 2),
    ([5, 5, 5], 2, 23, 2, 2),
    ([10, 10, 10], 4, 91, 2, 1),
    ([10, 20, 15, 8, 12], 3, 45, 1, 2),
    ([185, 259, 286, 885, 235, 204, 274, 252], 100, 20889, 1, 3),
  ])
  func publishedValues(widths: [Int], rank: Int, numerator: Int, denominator: Int, multiplicity: Int) throws {
    let coefficient = try DeepLinearNetwork.coefficient(widths: widths, rank: rank)
    #expect(try coefficient.value == Rational(numerator, denominator))
    #expect(coefficient.multiplicity == multiplicity)
  }

  /// Students 5 → [10] × 4 → 5 have 25/2, the dimension of the map over two, at every rank of the
  /// teacher.
  @Test(arguments: 0...5)
  func wideNetworksAreRegular(rank: Int) throws {
    let widths = [5, 10, 10, 10, 10, 5]
    #expect(try DeepLinearNetwork.coefficient(widths: widths, rank: rank).value == Rational(25, 2))
  }

  /// An independent form of the case r = 0: with t_j the rank left after layer j, t_0 = H_0 and t_L
  /// = 0,
  ///
  ///     λ = ½ min over t_0 ≥ t_1 ≥ … ≥ t_L of Σ_j (t_{j−1} − t_j)(H_j − t_j).
  @Test(arguments: 1...4)
  func agreesWithTheMinimumOverRanks(layers: Int) throws {
    func minimum(_ rank: Int, _ widths: ArraySlice<Int>) -> Int {
      guard let width = widths.first else { return rank == 0 ? 0 : .max }
      return (0...min(rank, width)).map { next in
        let rest = minimum(next, widths.dropFirst())
        return rest == .max ? .max : (rank - next) * (width - next) + rest
      }.min() ?? .max
    }
    for widths in tuples(layers + 1, of: 1...4) {
      let expected = try Rational(minimum(widths[0], widths.dropFirst()), 2)
      #expect(try DeepLinearNetwork.coefficient(widths: widths, rank: 0).value == expected, "\(widths)")
    }
  }

  /// Equal widths H over L = H layers, r = 0: ℓ = L, a = 0, and λ = (L + 1) H² / 4L.
  @Test func aMillionLayersOfWidthAMillion() throws {
    let size = 1_000_000
    let widths = [Int](repeating: size, count: size + 1)
    let coefficient = try DeepLinearNetwork.coefficient(widths: widths, rank: 0)
    #expect(try coefficient.value == Rational((size + 1) * size, 4))
    #expect(coefficient.multiplicity == 1)
  }

  @Test func theLargestWidths() throws {
    let largest = Int(Int32.max)
    let single = try DeepLinearNetwork.coefficient(widths: [largest, largest], rank: 0)
    #expect(try single.value == Rational(largest * largest, 2))
    // (101 H² + a (100 − a)) / 400 with a = 101 H mod 100 = 47: more than 64 bits before it is
    // reduced.
    let deep = try DeepLinearNetwork.coefficient(widths: [Int](repeating: largest, count: 101), rank: 0)
    #expect(try deep.value == Rational(1_164_450_718_568_436_210))
    #expect(deep.multiplicity == 47 * 53 + 1)
  }

  @Test(arguments: [
    ([], 0), ([3], 0), ([3, 0], 0), ([3, -1], 0), ([.min, .max], 0), ([.max, .max], 0), ([.min, .min], .min),
    ([3, 2, 3], 3), ([3, 2, 3], -1), ([3, 3], .min), ([3, 3], .max), ([1 << 31, 3], 0),
  ])
  func absurdArgumentsAreRefused(widths: [Int], rank: Int) {
    #expect(throws: InvalidArgument.self) { try DeepLinearNetwork.coefficient(widths: widths, rank: rank) }
  }
}

/// All tuples of so many numbers of a range.
func tuples(_ count: Int, of range: ClosedRange<Int>) -> [[Int]] {
  (0..<count).reduce([[]]) { tuples, _ in tuples.flatMap { tuple in range.map { tuple + [$0] } } }
}
