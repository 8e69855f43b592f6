extension ScalarTrace {
  /// The autocovariance within half chains of n draws, at the lags t = 0 ..< n, averaged over them:
  ///
  ///     γ_t = 1/n Σ_s (x_s − x̄)(x_{s+t} − x̄).
  ///
  /// The divisor is n at every lag: a little biased, but positive semidefinite and quiet at large
  /// lags (Geyer, Practical Markov chain Monte Carlo, Statistical Science 7, 1992).
  ///
  /// By Wiener and Khinchin it is the inverse transform of the power spectrum, zeros being appended
  /// so that the ends do not meet. The two halves x and y of a chain are transformed as one signal
  /// x + iy: its autocovariance has the real part γ(x) + γ(y). And since only the mean is wanted,
  /// the spectra of all chains are added and inverted once.
  package var meanAutocovariance: [Double] {
    let halves = self.halves
    let n = draws / 2
    let fourier = FourierTransform(size: 2 * n)
    let zeros = [Double](repeating: 0, count: fourier.size)
    var power = FourierTransform.Signal(real: zeros, imaginary: zeros)
    for chain in 0..<chains {
      var signal = FourierTransform.Signal(
        real: centred(halves[2 * chain], paddedTo: fourier.size),
        imaginary: centred(halves[2 * chain + 1], paddedTo: fourier.size))
      fourier.transform(&signal)
      for f in 0..<fourier.size {
        power.real[f] += signal.real[f] * signal.real[f] + signal.imaginary[f] * signal.imaginary[f]
      }
    }
    fourier.invert(&power)
    let scale = 1 / (Double(fourier.size) * Double(n) * Double(halves.count))
    return power.real.prefix(n).map { $0 * scale }
  }

  private func centred(_ values: ArraySlice<Double>, paddedTo count: Int) -> [Double] {
    let mean = Moments(values).mean
    return values.map { $0 - mean } + [Double](repeating: 0, count: count - values.count)
  }
}
