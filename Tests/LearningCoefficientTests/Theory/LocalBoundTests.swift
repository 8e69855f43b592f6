import LearningCoefficient
import TensorCore
import Testing

@Suite struct LocalBoundTests {
  /// Factors that are partial identities, W_i = diag(mask_i). The derivative of the product in
  /// entry (p, q) of W_i is the single entry (p, q), provided that the layers above keep p and
  /// those below keep q: rank J is a count.
  @Test(arguments: 1...3)
  func rankOfTheDerivativeByCounting(layers: Int) throws {
    for widths in tuples(layers + 1, of: 1...3) {
      let lambda = { try DeepLinearNetwork.coefficient(widths: widths, rank: $0).value }
      for masks in tuples(layers, of: 0...7)
      where (0..<layers).allSatisfy({
        masks[$0] < 1 << min(widths[$0], widths[$0 + 1])
      }) {
        let above = (0..<layers).map { masks[($0 + 1)...].reduce((1 << widths[layers]) - 1, &) }
        let below = (0..<layers).map { masks[..<$0].reduce((1 << widths[0]) - 1, &) }
        let rank = masks.reduce(-1, &).nonzeroBitCount
        let entries = tuples(2, of: 0...2).count { entry in
          (0..<layers).contains { above[$0] >> entry[0] & below[$0] >> entry[1] & 1 == 1 }
        }
        let bound = try DeepLinearNetwork.localBound(
          widths: widths, rank: rank, rankAbove: above.map(\.nonzeroBitCount),
          rankBelow: below.map(\.nonzeroBitCount))
        #expect(try bound == max(lambda(rank), Rational(entries, 2)), "\(widths) \(masks)")
      }
    }
  }

  /// Two layers of ranks r_1 and r_2, exactly: the directions in which the product moves at first
  /// order, and a reduced rank regression of rank 0 in what is left,
  ///
  ///     λ(w*) = [n_0 n_2 − (n_0 − r_1)(n_2 − r_2)] / 2 + λ(n_0 − r_1, n_1 − r_1 − r_2 + r, n_2 − r_2; 0).
  @Test func isBelowTheExactValueOfTwoLayers() throws {
    for n in tuples(3, of: 1...5) {
      for r1 in 0...min(n[0], n[1]) {
        for r2 in 0...min(n[1], n[2]) {
          for rank in max(0, r1 + r2 - n[1])...min(r1, r2) {
            let left = [n[0] - r1, n[1] - r1 - r2 + rank, n[2] - r2]
            var exact = try Rational(n[0] * n[2] - left[0] * left[2], 2)
            if !left.contains(0) {
              exact =
                try exact
                + ReducedRankRegression.coefficient(
                  inputs: left[0], hidden: left[1], outputs: left[2], rank: 0
                ).value
            }
            let bound = try DeepLinearNetwork.localBound(
              widths: n, rank: rank, rankAbove: [r2, n[2]], rankBelow: [n[0], r1])
            #expect(bound <= exact, "\(n), ranks \(r1), \(r2), \(rank)")
            if r1 == rank, r2 == rank {
              #expect(try exact == DeepLinearNetwork.coefficient(widths: n, rank: rank).value)
            }
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      ([2, 3], [3, 2]),  // rankAbove does not end at H_L
      ([2], [4, 2]), ([2, 4, 4], [4, 2]), ([2, 4], [4]), ([], []),
      ([2, 4], [3, 2]),  // rankBelow does not begin at H_0
      ([4, 4], [4, 2]),  // more than the hidden layer can pass on
      ([2, 4], [4, 4]),
      ([0, 4], [4, 2]),  // less than the rank of the product
      ([2, 4], [4, 0]),
      ([3, 4], [4, 2]),  // Sylvester: 3 + 2 − 3 > 1
      ([.min, 4], [4, 2]), ([.max, 4], [4, 2]), ([2, 4], [4, .min]), ([2, .max], [.max, 2]),
    ] as [([Int], [Int])])
  func inconsistentRanksAreRefused(above: [Int], below: [Int]) {
    #expect(throws: InvalidArgument.self) {
      try DeepLinearNetwork.localBound(widths: [4, 3, 4], rank: 1, rankAbove: above, rankBelow: below)
    }
  }

  @Test func ranksMustBeMonotone() throws {
    let bound = { above, below in
      try DeepLinearNetwork.localBound(widths: [4, 4, 4, 4], rank: 1, rankAbove: above, rankBelow: below)
    }
    #expect(throws: InvalidArgument.self) { try bound([2, 1, 4], [4, 1, 1]) }
    #expect(throws: InvalidArgument.self) { try bound([1, 1, 4], [4, 1, 2]) }
    // rank J = 3 · 4 + 1 · 2 + 0 · 1, more than 2 λ = 13.
    #expect(try bound([3, 4, 4], [4, 2, 1]) == Rational(7))
  }
}
