import KernelInterface

extension Kernels {
  public static func potentialGradient(
    count: Int, step: LangevinStep<Element>, displacement: UnsafePointer<Element>,
    parameters: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    undoing move: UnsafePointer<Element>?, gradient: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      let undone = move.map { $0[i] } ?? 0
      let u = displacement[i] - undone
      var pull = step.localization * u
      if let preconditioner { pull += step.metricLocalization * u / preconditioner[i] }
      let total = pull + step.weightDecay * (parameters[i] - undone)
      gradient[i] = multiplyAdd(step.nbeta, gradient[i], total)
    }
  }
}
