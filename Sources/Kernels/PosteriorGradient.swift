import KernelInterface

extension Kernels {
  public static func posteriorGradient(
    count: Int, terms: PosteriorTerms<Element>, center: UnsafePointer<Element>,
    displacement: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    gradient: UnsafeMutablePointer<Element>
  ) {
    // A loop for each case: a test inside the loop would keep it from vectorising.
    if let preconditioner, terms.metricLocalization != 0 {
      for i in 0..<count {
        gradient[i] =
          force(terms, gradient[i], displacement[i], center[i] + displacement[i])
          + terms.metricLocalization * displacement[i] / preconditioner[i]
      }
    } else {
      for i in 0..<count {
        gradient[i] =
          force(terms, gradient[i], displacement[i], center[i] + displacement[i])
          + terms.metricLocalization * displacement[i]
      }
    }
  }

  /// nbeta g + localization u + weightDecay w
  @inline(__always)
  static func force(
    _ terms: PosteriorTerms<Element>, _ gradient: Element, _ displacement: Element, _ parameter: Element
  ) -> Element {
    multiplyAdd(
      terms.nbeta, gradient,
      multiplyAdd(terms.localization, displacement, terms.weightDecay * parameter))
  }
}
