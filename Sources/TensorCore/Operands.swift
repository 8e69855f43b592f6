import KernelInterface

/// Where the inputs and the result of one step lie in one pass, and their gradients.
struct Operands<T: Scalar> {
  typealias Table = UnsafeMutablePointer<UnsafeMutableRawPointer?>

  /// How many samples; 1 where all of the step is shared.
  let batch: Int
  let step: Program.Step
  /// By node.
  let values: Table
  let gradients: Table
  let scratch: UnsafeMutablePointer<T>
  /// For matrix products.
  let workspace: UnsafeMutablePointer<T>
  /// Where a loss goes; nil where nobody wants it.
  let losses: UnsafeMutablePointer<Double>?
  /// The derivative of the result by each sample's loss.
  let lossGradient: T

  func input(_ position: Int) -> UnsafePointer<T> { UnsafePointer(value(step.inputs[position])) }

  func integers(_ position: Int) -> UnsafePointer<Int64> {
    UnsafePointer(values[step.inputs[position]].unsafelyUnwrapped.assumingMemoryBound(to: Int64.self))
  }

  var output: UnsafeMutablePointer<T> { value(step.node) }

  /// What the operation keeps for its backward pass, after the value (a loss has none).
  var kept: UnsafeMutablePointer<T> { value(step.node) + batch * step.valueCount }

  /// Nil where it is not wanted, or there is no such input.
  func inputGradient(_ position: Int) -> UnsafeMutablePointer<T>? {
    position < step.inputs.count
      ? gradients[step.inputs[position]]?.assumingMemoryBound(to: T.self) : nil
  }

  var outputGradient: UnsafePointer<T> {
    UnsafePointer(gradients[step.node].unsafelyUnwrapped.assumingMemoryBound(to: T.self))
  }

  func multiply(_ product: GEMM<T>) { T.kernels.multiply(product, workspace: workspace) }

  private func value(_ node: Int) -> UnsafeMutablePointer<T> {
    values[node].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
  }
}
