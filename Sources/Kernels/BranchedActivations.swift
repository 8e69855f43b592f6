/// Functions that are the identity on the right of 0, and something else with a parameter on the left.
extension Kernels {
  public static func leakyReLU(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { output[i] = input[i] > 0 ? input[i] : negativeSlope * input[i] }
  }

  public static func leakyReLUBackward(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let slope = input[i] > 0 ? 1 : negativeSlope
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }

  public static func elu(
    count: Int, alpha: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let x = input[i]
      // eˣ − 1 = 2ⁿ q + (2ⁿ − 1), which loses nothing near 0. Past the limit it rounds to −1, and 2ⁿ stays normal.
      let (q, n) = exponentialParts(clamp(x, -64, 0))
      let power = powerOfTwo(n)
      output[i] = x > 0 ? x : alpha * multiplyAdd(power, q, power - 1)
    }
  }

  public static func eluBackward(
    count: Int, alpha: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let slope = input[i] > 0 ? 1 : alpha * exp(input[i])
      inputGradient[i] = multiplyAdd(outputGradient[i], slope, inputGradient[i])
    }
  }
}
