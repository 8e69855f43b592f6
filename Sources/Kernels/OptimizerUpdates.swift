extension Kernels {
  public static func sgdUpdate(
    count: Int, lr: Element, momentum: Element, weightDecay: Element,
    gradient: UnsafePointer<Element>, velocity: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let g = multiplyAdd(weightDecay, parameters[i], gradient[i])
      let v = multiplyAdd(momentum, velocity[i], g)
      velocity[i] = v
      parameters[i] = multiplyAdd(-lr, v, parameters[i])
    }
  }

  public static func adamUpdate(
    count: Int, lr: Element, beta1: Element, beta2: Element, epsilon: Element, weightDecay: Element,
    firstCorrection: Element, secondCorrection: Element, gradient: UnsafePointer<Element>,
    firstMoment: UnsafeMutablePointer<Element>, secondMoment: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>
  ) {
    let rate = -lr / firstCorrection
    let inverse = 1 / secondCorrection
    for i in 0..<count {
      let g = multiplyAdd(weightDecay, parameters[i], gradient[i])
      let m = multiplyAdd(beta1, firstMoment[i], (1 - beta1) * g)
      let v = multiplyAdd(beta2, secondMoment[i], (1 - beta2) * g * g)
      firstMoment[i] = m
      secondMoment[i] = v
      parameters[i] += rate * m / (squareRoot(v * inverse) + epsilon)
    }
  }
}
