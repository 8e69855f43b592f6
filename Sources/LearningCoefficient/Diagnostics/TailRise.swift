/// How much a trace rises over the second half of its draws.
///
/// The second half of each chain is cut into ten stretches, whose means are nearly independent if a
/// stretch is longer than the trace's correlation time. With y_cj the mean of stretch j of chain c
/// less that of all ten, and x_j = (j − 4.5)/10, one slope is fitted to the C chains by least
/// squares, each with its own level:
///
///     rise = Σ x_j y_cj / (C Σ x_j²),    error² = Σ (y_cj − rise x_j)² / (9 C − 1) / (C Σ x_j²).
///
/// NaN for fewer than 20 draws.
package struct TailRise {
  /// Slope times length, in the unit of the values.
  package let rise: Double
  package let standardError: Double

  private static let stretches = 10

  package init(_ trace: ScalarTrace) {
    let count = TailRise.stretches
    let length = trace.draws / 2 / count
    guard trace.isFinite, length > 0 else {
      (rise, standardError) = (.nan, .nan)
      return
    }
    let positions = (0..<count).map { (Double($0) - Double(count - 1) / 2) / Double(count) }
    let points = (0..<trace.chains).flatMap { chain in
      zip(positions, TailRise.levels(trace.chain(chain).suffix(count * length), length: length))
    }
    let weight = points.reduce(0) { $0 + $1.0 * $1.0 }
    let rise = points.reduce(0) { $0 + $1.0 * $1.1 } / weight
    let rest = points.reduce(0) { $0 + ($1.1 - rise * $1.0) * ($1.1 - rise * $1.0) }
    let freedom = Double(trace.chains * (count - 1) - 1)
    self.rise = rise
    standardError = (rest / freedom / weight).squareRoot()
  }

  /// The means of stretches of so many values, less the mean of them all.
  private static func levels(_ values: ArraySlice<Double>, length: Int) -> [Double] {
    let means = (0..<values.count / length).map { Moments(values.dropFirst($0 * length).prefix(length)).mean }
    let mean = Moments(means[...]).mean
    return means.map { $0 - mean }
  }
}
