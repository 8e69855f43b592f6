extension Kernels {
  public static func secondMomentUpdate(
    count: Int, decay: Element, correction: Element, epsilon: Element, gradient: UnsafePointer<Element>,
    secondMoment: UnsafeMutablePointer<Element>, preconditioner: UnsafeMutablePointer<Element>
  ) {
    let inverse = 1 / correction
    for i in 0..<count {
      let v = multiplyAdd(decay, secondMoment[i], (1 - decay) * gradient[i] * gradient[i])
      secondMoment[i] = v
      preconditioner[i] = 1 / (squareRoot(v * inverse) + epsilon)
    }
  }

  public static func firstMomentUpdate(
    count: Int, decay: Element, correction: Element, gradient: UnsafePointer<Element>,
    firstMoment: UnsafeMutablePointer<Element>, corrected: UnsafeMutablePointer<Element>
  ) {
    let inverse = 1 / correction
    for i in 0..<count {
      let m = multiplyAdd(decay, firstMoment[i], (1 - decay) * gradient[i])
      firstMoment[i] = m
      corrected[i] = m * inverse
    }
  }
}
