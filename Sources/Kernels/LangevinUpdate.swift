import KernelInterface

extension Kernels {
  /// Group by group of 256 parameters, in a buffer that stays in the first-level cache: the noise, then
  /// in its place the change, then the change is applied. Each loop writes
  /// few arrays of the caller, which keeps the compiler's overlap checks few enough for it to vectorise.
  public static func langevinUpdate(
    from first: Int, count: Int, step: LangevinStep<Element>, terms: PosteriorTerms<Element>,
    stream: RandomStream,
    center: UnsafePointer<Element>, gradient: UnsafePointer<Element>,
    preconditioner: UnsafePointer<Element>?, displacement: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>
  ) {
    withGroupBuffer { change in
      for group in 0..<((count &+ groupWords &- 1) / groupWords) {
        let start = group &* groupWords
        let size = min(groupWords, count &- start)
        noiseGroup(first / groupWords &+ group, level: step.noiseLevel, stream: stream, values: change)
        langevinChange(
          count: size, step: step, terms: terms, gradient: gradient + start,
          preconditioner: preconditioner.map { $0 + start }, displacement: displacement + start,
          parameters: parameters + start, change: change)
        applyChange(
          count: size, change: change, center: center + start, displacement: displacement + start,
          parameters: parameters + start)
      }
    }
  }

  /// The normals of a group, or zeros where noise of that level would not be seen.
  @inline(__always)
  static func noiseGroup(
    _ group: Int, level: Element, stream: RandomStream, values: UnsafeMutablePointer<Element>
  ) {
    if level == 0 {
      values.update(repeating: 0, count: groupWords)
    } else {
      normalGroup(group, stream: stream, values: values)
    }
  }

  /// change ← √(lr A) noiseLevel change − (lr / 2) A ∇U
  @inline(__always)
  static func langevinChange(
    count: Int, step: LangevinStep<Element>, terms: PosteriorTerms<Element>,
    gradient: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    displacement: UnsafePointer<Element>, parameters: UnsafePointer<Element>,
    change: UnsafeMutablePointer<Element>
  ) {
    let halfStep = -0.5 * step.lr
    if let preconditioner {
      for i in 0..<count {
        let force = force(terms, gradient[i], displacement[i], parameters[i])
        let drift = multiplyAdd(
          preconditioner[i], force, terms.metricLocalization * displacement[i])
        let deviation = squareRoot(step.lr * preconditioner[i]) * step.noiseLevel
        change[i] = multiplyAdd(deviation, change[i], halfStep * drift)
      }
    } else {
      let deviation = squareRoot(step.lr) * step.noiseLevel
      for i in 0..<count {
        let force = force(terms, gradient[i], displacement[i], parameters[i])
        let drift = multiplyAdd(terms.metricLocalization, displacement[i], force)
        change[i] = multiplyAdd(deviation, change[i], halfStep * drift)
      }
    }
  }

  /// u ← u + change, w ← w* + u
  @inline(__always)
  static func applyChange(
    count: Int, change: UnsafePointer<Element>, center: UnsafePointer<Element>,
    displacement: UnsafeMutablePointer<Element>, parameters: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let new = displacement[i] + change[i]
      displacement[i] = new
      parameters[i] = center[i] + new
    }
  }
}
