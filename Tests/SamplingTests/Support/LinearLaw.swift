/// The stationary law of x ← M x + ξ, ξ independent of the past and of covariance Q: what every sampler does on a quadratic.
struct LinearLaw {
  let transition: Matrix
  /// S = M S Mᵀ + Q
  let covariance: Matrix

  init(transition: Matrix, noise: Matrix) {
    self.transition = transition
    covariance = LinearLaw.series(transition, noise)
  }

  /// Σ_{k ≥ 0} Mᵏ Q Mᵏᵀ, by doubling.
  private static func series(_ transition: Matrix, _ noise: Matrix) -> Matrix {
    var (power, sum) = (transition, noise)
    for _ in 0..<40 {
      sum = sum + power * sum * power.transpose
      power = power * power
    }
    return sum
  }

  /// Standard error of the mean of xᵀ W x over `count` steps, W symmetric. With C(k) = Mᵏ S, two such values k steps apart
  /// have the covariance 2 tr(W C(k) W C(k)ᵀ) = 2 tr(W Mᵏ (S W S) Mᵏᵀ).
  func standardError(ofForm w: Matrix, count: Int) -> Double {
    let middle = covariance * w * covariance
    let sum = (w * LinearLaw.series(transition, middle)).trace
    return (2 * (2 * sum - (w * middle).trace) / Double(count)).squareRoot()
  }

  /// Of the mean of x_i x_j.
  func standardError(_ i: Int, _ j: Int, count: Int) -> Double {
    let n = covariance.rows
    var w = Matrix(rows: n, columns: n) { _, _ in 0 }
    w.values[i * n + j] += 0.5
    w.values[j * n + i] += 0.5
    return standardError(ofForm: w, count: count)
  }
}
