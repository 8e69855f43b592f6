extension ScalarTrace {
  /// The standard error of the mean over all draws, sd / √ESS. Autocorrelation enters through the
  /// effective sample size (ESS); with the number of draws in its place the error would be far too
  /// small.
  package func monteCarloError(effectiveSampleSize: Double) -> Double {
    (Moments(values[...]).variance / effectiveSampleSize).squareRoot()
  }
}
