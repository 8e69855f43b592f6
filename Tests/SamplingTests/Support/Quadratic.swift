import Sampling
import TensorCore

/// L(w) = mean over samples of Σ_i ½ curvature_i (w_i − minimum_i − shift_s)² + floor, whose Langevin law is known.
class Quadratic<T: Scalar>: Potential {
  var interruption: (any Interruption)?
  let curvatures: [T]
  let minimum: [T]
  let shifts: [T]
  let floor: Double
  var dimension: Int { curvatures.count }
  var sampleCount: Int { shifts.count }

  init(curvatures: [T], minimum: [T]? = nil, shifts: [T] = [0], floor: Double = 0) {
    self.curvatures = curvatures
    self.minimum = minimum ?? curvatures.map { _ in 0 }
    self.shifts = shifts
    self.floor = floor
  }

  func losses(of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>) {
    for i in 0..<rows.count {
      losses[i] = floor
      for k in 0..<dimension {
        let distance = Double(parameters[k]) - Double(minimum[k]) - Double(shifts[rows.sample(i)])
        losses[i] += Double(curvatures[k]) / 2 * distance * distance
      }
    }
  }

  func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    for k in 0..<dimension {
      gradient[k] = 0
      for i in 0..<rows.count {
        gradient[k] +=
          curvatures[k] * (parameters[k] - minimum[k] - shifts[rows.sample(i)]) / T(rows.count)
      }
    }
  }

}

extension Rows {
  /// Which sample the i-th row is.
  func sample(_ i: Int) -> Int {
    switch self {
    case .range(let start, _): start + i
    case .indices(let indices, _): Int(indices[i])
    }
  }
}

/// The same, but whoever asks for losses alone is told the loss over ALL samples: what draws are measured by is then exact.
final class ExactlyMeasured: Quadratic<Double> {
  override func losses(
    of rows: Rows, at parameters: UnsafePointer<Double>, into losses: UnsafeMutablePointer<Double>
  ) {
    var all = [Double](repeating: 0, count: sampleCount)
    super.losses(of: .range(start: 0, count: sampleCount), at: parameters, into: &all)
    let mean = all.reduce(0, +) / Double(sampleCount)
    for i in 0..<rows.count { losses[i] = mean }
  }
}

/// L(w) = w⁴, on which a large step sooner or later flies away.
final class Quartic: Potential {
  let dimension = 1
  let sampleCount = 1
  func losses(of rows: Rows, at parameters: UnsafePointer<Float>, into losses: UnsafeMutablePointer<Double>) {
    let square = Double(parameters[0]) * Double(parameters[0])
    losses[0] = square * square
  }
  func gradient(
    of rows: Rows, at parameters: UnsafePointer<Float>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    self.losses(of: rows, at: parameters, into: losses)
    gradient[0] = 4 * parameters[0] * parameters[0] * parameters[0]
  }
}
