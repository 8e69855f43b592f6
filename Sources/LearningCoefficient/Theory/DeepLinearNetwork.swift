import TensorCore

/// The network x ↦ W_L … W_1 x of widths H_0 … H_L, under square loss, where the true product of
/// the factors has rank r.
public enum DeepLinearNetwork {
  /// λ and m at the deepest point of the set of true parameters, where every factor has rank r.
  /// With the widths in excess of the rank, H_s − r, sorted as m_1 ≤ m_2 ≤ …,
  ///
  ///     ℓ = max {ℓ ≥ 1 : Σ_{k ≤ ℓ+1} m_k ≥ ℓ m_{ℓ+1}},    S = Σ_{k ≤ ℓ+1} m_k,    a = S mod ℓ,
  ///     λ = [r (H_0 + H_L) − r²] / 2 + [a (ℓ − a) + S² − ℓ Σ_{k ≤ ℓ+1} m_k²] / 4ℓ,
  ///     m = a (ℓ − a) + 1.
  ///
  /// M. Aoyagi, Consideration on the learning efficiency of multiple-layered neural networks with
  /// linear units, Neural Networks 172 (2024). She has a = S − (⌈S/ℓ⌉ − 1) ℓ, which differs only in
  /// that it is ℓ where ours is 0; and the pairs ½ Σ_{i<j} m_i m_j, which are ¼ (S² − Σ m_k²) here.
  public static func coefficient(widths: [Int], rank: Int) throws -> ExactCoefficient {
    try check(widths: widths, rank: rank)
    let excess = widths.map { Int128($0 - rank) }.sorted()
    var l: Int128 = 1
    var sum = excess[0] + excess[1]
    var squares = excess[0] * excess[0] + excess[1] * excess[1]
    // The condition for ℓ + 1, less one m_{ℓ+2} on both sides. Once it fails it fails for good:
    // from one ℓ to the next, Σ m_k − ℓ m_{ℓ+1} changes by −ℓ (m_{ℓ+2} − m_{ℓ+1}) ≤ 0.
    for next in excess.dropFirst(2) {
      guard sum >= l * next else { break }
      l += 1
      sum += next
      squares += next * next
    }
    let a = sum % l
    let r = Int128(rank)
    let regular = r * Int128(widths[0] + widths[widths.count - 1]) - r * r
    let singular = a * (l - a) + sum * sum - l * squares
    return try ExactCoefficient(
      value: Rational(2 * l * regular + singular, 4 * l), multiplicity: Int(a * (l - a)) + 1)
  }

  /// The lower bound max(λ, ½ rank J) of the learning coefficient at given weights, J being the
  /// derivative of the product with respect to all factors.
  ///
  /// λ above is the least over the set of true parameters; and along the rank J directions in which
  /// the product moves at first order the loss is regular, worth ½ each. The image of J is the sum
  /// of C_i ⊗ R_i over the layers, with C_i the column space of W_L … W_{i+1}, which grows with i,
  /// and R_i the row space of W_{i−1} … W_1, which shrinks. So
  ///
  ///     rank J = Σ_i (a_i − a_{i−1}) b_i,    a_i = dim C_i, a_0 = 0, b_i = dim R_i.
  ///
  /// - Parameters:
  ///   - rankAbove: a_i = rank(W_L … W_{i+1}) for i = 1 … L; the last is H_L.
  ///   - rankBelow: b_i = rank(W_{i−1} … W_1) for i = 1 … L; the first is H_0.
  public static func localBound(widths: [Int], rank: Int, rankAbove: [Int], rankBelow: [Int]) throws
    -> Rational
  {
    let deepest = try coefficient(widths: widths, rank: rank)
    try check(rankAbove: rankAbove, rankBelow: rankBelow, widths: widths, rank: rank)
    var rankOfDerivative = 0
    for (i, below) in rankBelow.enumerated() {
      rankOfDerivative += (rankAbove[i] - (i == 0 ? 0 : rankAbove[i - 1])) * below
    }
    return try max(deepest.value, Rational(rankOfDerivative, 2))
  }

  private static func check(widths: [Int], rank: Int) throws {
    guard (2...Sizes.largest).contains(widths.count) else {
      throw InvalidArgument(
        "there are \(widths.count) widths, inputs and outputs included; there must be 2 ... \(Sizes.largest)")
    }
    var smallest = Sizes.largest
    for (layer, width) in widths.enumerated() {
      try Sizes.check(width, "widths[\(layer)]")
      smallest = min(smallest, width)
    }
    try Sizes.check(rank: rank, atMost: smallest)
  }
}
