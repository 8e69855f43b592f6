import KernelInterface

extension Kernels {
  /// By groups, like `langevinUpdate`: in the buffer the noise becomes the change of the displacement.
  public static func momentumUpdate(
    from first: Int, count: Int, step: MomentumStep<Element>, terms: PosteriorTerms<Element>,
    stream: RandomStream,
    center: UnsafePointer<Element>, gradient: UnsafePointer<Element>,
    preconditionerRoot: UnsafePointer<Element>?, displacement: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>, momentum: UnsafeMutablePointer<Element>
  ) {
    withGroupBuffer { change in
      for group in 0..<((count &+ groupWords &- 1) / groupWords) {
        let start = group &* groupWords
        let size = min(groupWords, count &- start)
        noiseGroup(first / groupWords &+ group, level: step.noise, stream: stream, values: change)
        momentumChange(
          count: size, step: step, terms: terms, gradient: gradient + start,
          preconditionerRoot: preconditionerRoot.map { $0 + start }, displacement: displacement + start,
          parameters: parameters + start, momentum: momentum + start, change: change)
        if step.driftBefore != 0 || step.driftAfter != 0 {
          applyChange(
            count: size, change: change, center: center + start, displacement: displacement + start,
            parameters: parameters + start)
        }
      }
    }
  }

  /// From the noise in `change`: the new momentum, and in `change` the drift.
  @inline(__always)
  static func momentumChange(
    count: Int, step: MomentumStep<Element>, terms: PosteriorTerms<Element>,
    gradient: UnsafePointer<Element>, preconditionerRoot: UnsafePointer<Element>?,
    displacement: UnsafePointer<Element>, parameters: UnsafePointer<Element>,
    momentum: UnsafeMutablePointer<Element>, change: UnsafeMutablePointer<Element>
  ) {
    @inline(__always)
    func move(_ i: Int, root: Element, force: Element) {
      let kicked = multiplyAdd(step.decay, momentum[i], -step.kick * force)
      let new = multiplyAdd(step.retain, kicked, step.noise * change[i])
      momentum[i] = new
      change[i] = root * multiplyAdd(step.driftBefore, kicked, step.driftAfter * new)
    }
    if step.kick == 0 {
      // The gradient may not have been computed yet.
      for i in 0..<count { move(i, root: preconditionerRoot?[i] ?? 1, force: 0) }
    } else if let root = preconditionerRoot {
      for i in 0..<count {
        let force = force(terms, gradient[i], displacement[i], parameters[i])
        let pull = terms.metricLocalization * displacement[i] / root[i]
        move(i, root: root[i], force: multiplyAdd(root[i], force, pull))
      }
    } else {
      for i in 0..<count {
        let force = force(terms, gradient[i], displacement[i], parameters[i])
        move(i, root: 1, force: multiplyAdd(terms.metricLocalization, displacement[i], force))
      }
    }
  }
}
