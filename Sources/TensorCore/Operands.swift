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
  /// Where a loss goes; nil where nobody wants it.
  let losses: UnsafeMutablePointer<Double>?
  /// The derivative of the result by each sample's loss.
  let lossGradient: T
  let newGradients: NewGradients

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

  /// Whether the gradient of this input is yet to be written, all of it.
  func isNew(_ position: Int) -> Bool { newGradients.contains(position) }

  var outputGradient: UnsafePointer<T> {
    UnsafePointer(gradients[step.node].unsafelyUnwrapped.assumingMemoryBound(to: T.self))
  }

  /// Calls `body` with parts of a gradient to add to. One that is new is made zeros part by part, in the first-level cache.
  func forEachPiece(
    of gradient: UnsafeMutablePointer<T>, isNew: Bool, count: Int,
    _ body: (_ start: Int, _ count: Int) -> Void
  ) {
    guard isNew else { return body(0, count) }
    for start in stride(from: 0, to: count, by: 2048) {
      let length = min(2048, count - start)
      (gradient + start).zero(count: length)
      body(start, length)
    }
  }

  private func value(_ node: Int) -> UnsafeMutablePointer<T> {
    values[node].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
  }
}

/// Those inputs of an operation whose gradients its backward pass is the first to add to, and writes.
struct NewGradients {
  private var bits: UInt8 = 0

  static var none: NewGradients { NewGradients() }

  private init() {}

  /// - Parameter born: the nodes whose gradients its backward pass is the first to add to. One that is several inputs of
  ///   the operation, or is beyond those that are counted, is none of them.
  init(of step: Program.Step, born: [Program.Step]) {
    guard case .computed(let operation) = step.content, operation.writesNewGradients else { return }
    for (position, input) in step.inputs.prefix(UInt8.bitWidth).enumerated()
    where born.contains(where: { $0.node == input }) && step.inputs.count(where: { $0 == input }) == 1 {
      bits |= 1 << position
    }
  }

  func contains(_ position: Int) -> Bool { bits >> position & 1 != 0 }
}
