import TensorCore

extension DeepLinearNetwork {
  /// Whether some factors W_1 … W_L could have these ranks of partial products. A factor more never
  /// raises a rank, so `rankAbove` never falls with i, `rankBelow` never rises, and none is less
  /// than the rank of the whole product. Where the two parts meet in a layer of H_i units,
  /// Sylvester's inequality holds:
  ///
  ///     rank(W_L … W_{i+1}) + rank(W_i … W_1) − H_i ≤ rank(W_L … W_1).
  static func check(rankAbove: [Int], rankBelow: [Int], widths: [Int], rank: Int) throws {
    let layers = widths.count - 1
    for (name, ranks) in [("rank_above", rankAbove), ("rank_below", rankBelow)] where ranks.count != layers {
      throw InvalidArgument("\(name) has \(ranks.count) entries; it must have \(layers), one for each layer")
    }
    try expect("rank_below[0]", rankBelow[0], in: widths[0]...widths[0])
    for i in 1..<layers {
      try expect("rank_below[\(i)]", rankBelow[i], in: rank...min(rankBelow[i - 1], widths[i]))
    }
    try expect("rank_above[\(layers - 1)]", rankAbove[layers - 1], in: widths[layers]...widths[layers])
    for i in (1..<layers).reversed() {
      let most = min(rankAbove[i], widths[i], rank + widths[i] - rankBelow[i])
      try expect("rank_above[\(i - 1)]", rankAbove[i - 1], in: rank...most)
    }
  }

  private static func expect(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw InvalidArgument(
        "\(name) is \(value); given the widths, the rank and its neighbours it must be in "
          + "\(range.lowerBound) ... \(range.upperBound)")
    }
  }
}
