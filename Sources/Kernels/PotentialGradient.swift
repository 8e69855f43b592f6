import KernelInterface

extension Kernels {
  public static func potentialGradient(
    count: Int, step: LangevinStep<Element>, displacement: UnsafePointer<Element>,
    parameters: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    undoing move: UnsafePointer<Element>?, gradient: UnsafeMutablePointer<Element>
  ) {
    // A loop for each combination: a test inside the loop would keep it from vectorising.
    @inline(__always)
    func update(undone: (Int) -> Element, inMetric: (Int, Element) -> Element) {
      for i in 0..<count {
        let u = displacement[i] - undone(i)
        let w = parameters[i] - undone(i)
        gradient[i] = langevinForce(step, gradient[i], u, w) + inMetric(i, u)
      }
    }
    let pull = step.metricLocalization
    switch (move, preconditioner) {
    case (nil, nil): update(undone: { _ in 0 }, inMetric: { pull * $1 })
    case (let move?, nil): update(undone: { move[$0] }, inMetric: { pull * $1 })
    case (nil, let a?): update(undone: { _ in 0 }, inMetric: { pull * $1 / a[$0] })
    case (let move?, let a?): update(undone: { move[$0] }, inMetric: { pull * $1 / a[$0] })
    }
  }
}
