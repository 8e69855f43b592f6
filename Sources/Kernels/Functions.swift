import CSupport
import KernelInterface

/// Elementary functions and their derivatives. What has no loop of its own here goes through libm in Double.
extension Kernels {
  public static func apply(
    _ function: ElementaryFunction, count: Int, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>
  ) {
    switch function {
    case .exp: for i in 0..<count { output[i] = exp(input[i]) }
    case .log: for i in 0..<count { output[i] = Element(support_log(Double(input[i]))) }
    case .sqrt: for i in 0..<count { output[i] = squareRoot(input[i]) }
    case .erf: for i in 0..<count { output[i] = Element(support_erf(Double(input[i]))) }
    case .sin: for i in 0..<count { output[i] = Element(support_sin(Double(input[i]))) }
    case .cos: for i in 0..<count { output[i] = Element(support_cos(Double(input[i]))) }
    case .abs: for i in 0..<count { output[i] = input[i].magnitude }
    case .power(let exponent):
      for i in 0..<count { output[i] = Element(support_pow(Double(input[i]), exponent)) }
    }
  }

  public static func applyBackward(
    _ function: ElementaryFunction, count: Int, input x: UnsafePointer<Element>,
    output y: UnsafePointer<Element>, outputGradient dy: UnsafePointer<Element>,
    inputGradient dx: UnsafeMutablePointer<Element>
  ) {
    switch function {
    case .exp: for i in 0..<count { dx[i] = multiplyAdd(dy[i], y[i], dx[i]) }
    case .log: for i in 0..<count { dx[i] += dy[i] / x[i] }
    case .sqrt: for i in 0..<count { dx[i] += dy[i] / (2 * y[i]) }
    case .erf:
      for i in 0..<count {
        dx[i] = multiplyAdd(dy[i], 1.1283791670955126 * exp(-x[i] * x[i]), dx[i])
      }
    case .sin: for i in 0..<count { dx[i] += dy[i] * Element(support_cos(Double(x[i]))) }
    case .cos: for i in 0..<count { dx[i] -= dy[i] * Element(support_sin(Double(x[i]))) }
    case .abs: for i in 0..<count { dx[i] += x[i] > 0 ? dy[i] : x[i] < 0 ? -dy[i] : 0 }
    case .power(let exponent):
      if exponent == 0 { return }  // 0 x⁻¹ is NaN at 0
      for i in 0..<count {
        dx[i] += dy[i] * Element(exponent * support_pow(Double(x[i]), exponent - 1))
      }
    }
  }
}
