import KernelInterface

extension Kernels {
  /// Group by group of 256 parameters, in a buffer that stays in the first-level cache: the noise, then
  /// in its place the change, then the change is applied. Each loop writes
  /// few arrays of the caller, which keeps the compiler's overlap checks few enough for it to vectorise.
  public static func langevinUpdate(
    count: Int, step: LangevinStep<Element>, stream: RandomStream, center: UnsafePointer<Element>,
    gradient: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    displacement: UnsafeMutablePointer<Element>, parameters: UnsafeMutablePointer<Element>,
    move: UnsafeMutablePointer<Element>?
  ) {
    withGroupBuffer { change in
      for group in 0..<((count &+ groupWords &- 1) / groupWords) {
        let start = group &* groupWords
        let size = min(groupWords, count &- start)
        if step.noiseLevel == 0 {
          change.update(repeating: 0, count: groupWords)
        } else {
          normalGroup(group, stream: stream, values: change)
        }
        langevinChange(
          count: size, step: step, gradient: gradient + start,
          preconditioner: preconditioner.map { $0 + start }, displacement: displacement + start,
          parameters: parameters + start, change: change)
        applyChange(
          count: size, change: change, center: center + start, displacement: displacement + start,
          parameters: parameters + start)
        if let move { (move + start).update(from: change, count: size) }
      }
    }
  }

  /// change ← √(lr A) noiseLevel change − (lr / 2) (A (nbeta g + localization u + weightDecay w)
  ///          + metricLocalization u)
  @inline(__always)
  static func langevinChange(
    count: Int, step: LangevinStep<Element>, gradient: UnsafePointer<Element>,
    preconditioner: UnsafePointer<Element>?, displacement: UnsafePointer<Element>,
    parameters: UnsafePointer<Element>, change: UnsafeMutablePointer<Element>
  ) {
    let halfStep = -0.5 * step.lr
    if let preconditioner {
      for i in 0..<count {
        let force = langevinForce(step, gradient[i], displacement[i], parameters[i])
        let drift = multiplyAdd(
          preconditioner[i], force, step.metricLocalization * displacement[i])
        let deviation = squareRoot(step.lr * preconditioner[i]) * step.noiseLevel
        change[i] = multiplyAdd(deviation, change[i], halfStep * drift)
      }
    } else {
      let deviation = squareRoot(step.lr) * step.noiseLevel
      for i in 0..<count {
        let force = langevinForce(step, gradient[i], displacement[i], parameters[i])
        let drift = multiplyAdd(step.metricLocalization, displacement[i], force)
        change[i] = multiplyAdd(deviation, change[i], halfStep * drift)
      }
    }
  }

  /// nbeta g + localization u + weightDecay w
  @inline(__always)
  static func langevinForce(
    _ step: LangevinStep<Element>, _ gradient: Element, _ displacement: Element, _ parameter: Element
  ) -> Element {
    multiplyAdd(
      step.nbeta, gradient,
      multiplyAdd(step.localization, displacement, step.weightDecay * parameter))
  }

  /// u ← u + change, w ← w* + u; `change` becomes what u really moved by, after rounding.
  @inline(__always)
  static func applyChange(
    count: Int, change: UnsafeMutablePointer<Element>, center: UnsafePointer<Element>,
    displacement: UnsafeMutablePointer<Element>, parameters: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let old = displacement[i]
      let new = old + change[i]
      change[i] = new - old
      displacement[i] = new
      parameters[i] = center[i] + new
    }
  }
}
