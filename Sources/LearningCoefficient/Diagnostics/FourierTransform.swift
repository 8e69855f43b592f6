import Glibc

/// The discrete Fourier transform of 2^k complex numbers, by radix-2 butterflies (Cooley and Tukey
/// 1965).
///
/// The spectrum is left in bit-reversed order, which is where a decimation in frequency ends and a
/// decimation in time begins: an autocovariance only squares it on the way, and never needs to know
/// which frequency is which.
struct FourierTransform {
  struct Signal {
    var real: [Double]
    var imaginary: [Double]
  }

  /// A power of two.
  let size: Int
  /// e^(−2πi k / size) for k < size / 2.
  private let roots: Signal

  /// For signals of at least so many numbers.
  init(size least: Int) {
    var size = 1
    while size < least { size *= 2 }
    self.size = size
    let angles = (0..<size / 2).map { -2 * Double.pi * Double($0) / Double(size) }
    roots = Signal(real: angles.map { cos($0) }, imaginary: angles.map { sin($0) })
  }

  /// X_f = Σ_t x_t e^(−2πi f t / size), in bit-reversed order of f.
  func transform(_ x: inout Signal) {
    var span = size / 2
    while span >= 1 {
      butterflies(span: span) { low, high, cosine, sine in
        let (re, im) = (x.real[low] - x.real[high], x.imaginary[low] - x.imaginary[high])
        x.real[low] += x.real[high]
        x.imaginary[low] += x.imaginary[high]
        x.real[high] = re * cosine - im * sine
        x.imaginary[high] = re * sine + im * cosine
      }
      span /= 2
    }
  }

  /// Σ_f X_f e^(2πi f t / size), from bit-reversed order: `size` times the inverse of `transform`.
  func invert(_ x: inout Signal) {
    var span = 1
    while span < size {
      butterflies(span: span) { low, high, cosine, sine in
        let re = x.real[high] * cosine + x.imaginary[high] * sine
        let im = x.imaginary[high] * cosine - x.real[high] * sine
        x.real[high] = x.real[low] - re
        x.imaginary[high] = x.imaginary[low] - im
        x.real[low] += re
        x.imaginary[low] += im
      }
      span *= 2
    }
  }

  /// Visits the pairs of elements that are `span` apart, each with its root of unity.
  @inline(__always)
  private func butterflies(span: Int, _ visit: (Int, Int, Double, Double) -> Void) {
    let stride = size / (2 * span)
    for block in 0..<stride {
      for k in 0..<span {
        let low = block * 2 * span + k
        visit(low, low + span, roots.real[k * stride], roots.imaginary[k * stride])
      }
    }
  }
}
