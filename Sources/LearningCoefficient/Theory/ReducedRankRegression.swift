/// The network x ↦ B A x of M inputs, H hidden units and N outputs whose true product has rank r,
/// under square loss.
///
/// A deep linear network of two layers, with a formula and a proof of its own; each checks the
/// other.
public enum ReducedRankRegression {
  /// λ and m at the deepest point of the set of true parameters. Where none of M, H, N, r outweighs
  /// the others, that is N + r ≤ M + H, M + r ≤ N + H and H + r ≤ M + N,
  ///
  ///     λ = [2 (H + r)(M + N) − (M − N)² − (H + r)²] / 8,        m = 1    if M + H + N + r is even,
  ///     λ = [2 (H + r)(M + N) − (M − N)² − (H + r)² + 1] / 8,    m = 2    if it is odd,
  ///
  /// and otherwise m = 1 and
  ///
  ///     λ = [H M − H r + N r] / 2    if M + H < N + r,
  ///     λ = [H N − H r + M r] / 2    if N + H < M + r,
  ///     λ = M N / 2                  if M + N < H + r.
  ///
  /// M. Aoyagi and S. Watanabe, Stochastic complexities of reduced rank regression in Bayesian
  /// estimation, Neural Networks 18 (2005).
  public static func coefficient(inputs: Int, hidden: Int, outputs: Int, rank: Int) throws -> ExactCoefficient
  {
    try Sizes.check(inputs, "inputs")
    try Sizes.check(hidden, "hidden")
    try Sizes.check(outputs, "outputs")
    try Sizes.check(rank: rank, atMost: min(inputs, hidden, outputs))

    let (m, h, n, r) = (Int128(inputs), Int128(hidden), Int128(outputs), Int128(rank))
    if m + h < n + r { return try regular(h * m - h * r + n * r) }
    if n + h < m + r { return try regular(h * n - h * r + m * r) }
    if m + n < h + r { return try regular(m * n) }
    let odd = (m + h + n + r) % 2
    let eighths = 2 * (h + r) * (m + n) - (m - n) * (m - n) - (h + r) * (h + r) + odd
    return try ExactCoefficient(value: Rational(eighths, 8), multiplicity: 1 + Int(odd))
  }

  /// λ = dimension / 2 and m = 1, as of a regular model.
  private static func regular(_ dimension: Int128) throws -> ExactCoefficient {
    try ExactCoefficient(value: Rational(dimension, 2), multiplicity: 1)
  }
}
