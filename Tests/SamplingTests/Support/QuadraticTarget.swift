import Sampling
import TensorCore
import Testing

/// The posterior U = ½ (w − w*)ᵀ H (w − w*) of the loss ½ wᵀ K w at w* = 0, and the covariance C of ∇U over minibatches.
struct QuadraticTarget: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let nbeta: Double
  let localization: Double
  /// K
  let curvature: Matrix
  /// L: the noise of the LOSS's gradient is L s with independent signs s, so that its covariance is L Lᵀ.
  let noiseRoot: Matrix

  var dimension: Int { curvature.rows }
  /// H with the pull isotropic.
  var hessian: Matrix { nbeta * curvature + .identity(dimension, times: localization) }
  /// C
  var noise: Matrix { nbeta * nbeta * (noiseRoot * noiseRoot.transpose) }

  func posterior<T: Scalar>(_ preconditioner: Preconditioner<T>? = nil) -> Posterior<T> {
    Posterior(nbeta: nbeta, localization: localization, preconditioner: preconditioner)
  }

  /// One dimension of curvature 2, and five that are correlated, with noise that is correlated otherwise; the second pair
  /// with noise. A deviation of 1 makes C about 100 · H.
  static func all(noise deviation: Double) -> [QuadraticTarget] {
    let five = Matrix(
      rows: 5, columns: 5,
      [
        1.0, 0.3, -0.2, 0.0, 0.1, /**/ 0.3, 1.5, 0.4, -0.3, 0.2, /**/ -0.2, 0.4, 2.0, 0.5, 0.0,
        0.0, -0.3, 0.5, 0.8, 0.2, /**/ 0.1, 0.2, 0.0, 0.2, 2.5,
      ])
    let root = Matrix(rows: 5, columns: 5) { i, j in i == j ? 1 : Double((3 * i + 5 * j) % 7 - 3) / 10 }
    return [0, deviation].flatMap { deviation in
      [
        QuadraticTarget(
          testDescription: "1-D, noise \(deviation)", nbeta: 100, localization: 5,
          curvature: .identity(1, times: 2), noiseRoot: .identity(1, times: deviation)),
        QuadraticTarget(
          testDescription: "5-D, noise \(deviation)", nbeta: 100, localization: 5, curvature: five,
          noiseRoot: deviation * root),
      ]
    }
  }
}

/// Its loss, and gradients with noise that is independent of everything, evaluation by evaluation: unlike that of samples,
/// which are used up within an epoch. Two samples, so that a batch of one is none of all.
final class NoisyQuadratic<T: Scalar>: Potential {
  let dimension: Int
  let sampleCount = 2
  private let curvature: [Double]
  private let noiseRoot: [Double]
  private let hasNoise: Bool
  private var evaluations: UInt64 = 0
  private let point: Memory<Double>

  init(_ target: QuadraticTarget) throws {
    dimension = target.dimension
    curvature = target.curvature.values
    noiseRoot = target.noiseRoot.values
    hasNoise = noiseRoot.contains { $0 != 0 }
    point = try Memory(count: dimension)
  }

  func losses(of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>) {
    copyDoubles(from: parameters, count: dimension, into: point.pointer)
    var loss = 0.0
    for i in 0..<dimension { loss += point.pointer[i] * slope(i) / 2 }
    for i in 0..<rows.count { losses[i] = loss }
  }

  func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    evaluations += 1
    let signs = hasNoise ? mixed(evaluations) : 0
    for i in 0..<dimension {
      var value = slope(i)
      if hasNoise {
        for j in 0..<dimension {
          value += noiseRoot[i * dimension + j] * (signs >> UInt64(j) & 1 == 0 ? 1 : -1)
        }
      }
      gradient[i] = T(value)
    }
  }

  private func slope(_ i: Int) -> Double {
    var sum = 0.0
    for j in 0..<dimension { sum += curvature[i * dimension + j] * point.pointer[j] }
    return sum
  }
}

/// Concrete loops: a generic conversion costs a call for each element.
func copyDoubles<T: Scalar>(
  from values: UnsafePointer<T>, count: Int, into result: UnsafeMutablePointer<Double>
) {
  let raw = UnsafeRawPointer(values)
  if T.precision == .float32 {
    for i in 0..<count { result[i] = Double(raw.assumingMemoryBound(to: Float.self)[i]) }
  } else {
    result.update(from: raw.assumingMemoryBound(to: Double.self), count: count)
  }
}

/// Bits without a pattern from a counter (Steele, Lea & Flood 2014).
private func mixed(_ counter: UInt64) -> UInt64 {
  var z = counter &* 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z &>> 31)
}
