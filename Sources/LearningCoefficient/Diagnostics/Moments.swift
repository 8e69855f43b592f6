/// Mean and variance of a sample.
struct Moments {
  /// NaN unless every value is finite.
  let mean: Double
  /// Σ (x − mean)² / (n − 1); NaN for one value.
  let variance: Double

  init(_ values: ArraySlice<Double>) {
    guard let origin = values.first else {
      (mean, variance) = (.nan, .nan)
      return
    }
    let count = Double(values.count)
    // Summed from the first value, so that equal values have exactly that mean, and variance 0.
    let sum = values.reduce(0) { $0 + ($1 - origin) }
    let mean = sum.isFinite ? origin + sum / count : .nan
    self.mean = mean
    variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
  }
}
