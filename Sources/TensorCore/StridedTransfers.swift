/// Elements moved between the two operands of loops.
extension StridedLoops {
  /// second = first
  func copy<T: Scalar>(batch: Int, _ first: UnsafePointer<T>, to second: UnsafeMutablePointer<T>) {
    let (steps, kernels) = (run.steps, T.kernels)
    forEachRun(batch: batch) { count, at in
      kernels.copy(count: count, from: first + at.0, step: steps.0, to: second + at.1, step: steps.1)
    }
  }

  /// first = second
  func copyBack<T: Scalar>(batch: Int, _ second: UnsafePointer<T>, to first: UnsafeMutablePointer<T>) {
    let (steps, kernels) = (run.steps, T.kernels)
    forEachRun(batch: batch) { count, at in
      kernels.copy(count: count, from: second + at.1, step: steps.1, to: first + at.0, step: steps.0)
    }
  }

  /// second += scale first
  func add<T: Scalar>(
    batch: Int, scale: T, _ first: UnsafePointer<T>, to second: UnsafeMutablePointer<T>
  ) {
    let (steps, kernels) = (run.steps, T.kernels)
    forEachRun(batch: batch) { count, at in
      kernels.accumulate(
        count: count, scale: scale, from: first + at.0, step: steps.0, to: second + at.1, step: steps.1)
    }
  }

  /// first += scale second
  func addBack<T: Scalar>(
    batch: Int, scale: T, _ second: UnsafePointer<T>, to first: UnsafeMutablePointer<T>
  ) {
    let (steps, kernels) = (run.steps, T.kernels)
    forEachRun(batch: batch) { count, at in
      kernels.accumulate(
        count: count, scale: scale, from: second + at.1, step: steps.1, to: first + at.0, step: steps.0)
    }
  }
}
