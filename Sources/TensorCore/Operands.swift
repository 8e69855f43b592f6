import KernelInterface

/// Where the inputs and the result of one step lie in one pass, and their gradients.
struct Operands<T: Scalar> {
  typealias Table = UnsafeMutablePointer<UnsafeMutableRawPointer?>

  /// Which gradients are wanted of a backward pass.
  enum Wanted { case all, ofSamples, ofShared }

  /// Some of the samples that are computed together; 0 ..< 1 of 1 where all of the step is shared.
  let samples: Range<Int>
  let total: Int
  let step: Program.Step
  /// By node.
  let values: Table
  let gradients: Table
  let scratch: UnsafeMutablePointer<T>
  /// For matrix products.
  let workspace: UnsafeMutablePointer<T>
  /// Where the first loss goes; nil where nobody wants it.
  var losses: UnsafeMutablePointer<Double>?
  /// The derivative of the result by each sample's loss.
  var lossGradient: T = 0
  var wanted = Wanted.all
  /// Of gradients that are shared, those that are asked for now: one of so many parts. An operation that does not divide
  /// them makes all in the first.
  var part = (index: 0, count: 1)
  /// Whether that is the first of them.
  var isFirstPart: Bool { part.index == 0 }
  var newGradients = NewGradients.none

  /// How many samples.
  var batch: Int { samples.count }

  func input(_ position: Int) -> UnsafePointer<T> { UnsafePointer(element(values, ofInput: position)) }

  func integers(_ position: Int) -> UnsafePointer<Int64> {
    let start = values[step.inputs[position]].unsafelyUnwrapped.assumingMemoryBound(to: Int64.self)
    return UnsafePointer(start + samples.lowerBound * step.inputSteps[position])
  }

  var output: UnsafeMutablePointer<T> {
    element(values, ofNode: step.node) + samples.lowerBound * step.valueCount
  }

  /// What the operation keeps for its backward pass, after the value (a loss has none).
  var kept: UnsafeMutablePointer<T> {
    element(values, ofNode: step.node) + total * step.valueCount + samples.lowerBound * step.keptCount
  }

  /// Nil where it is not wanted, or there is no such input.
  func inputGradient(_ position: Int) -> UnsafeMutablePointer<T>? {
    guard position < step.inputs.count, gradients[step.inputs[position]] != nil else { return nil }
    switch wanted {
    case .all: break
    case .ofSamples: if step.inputSteps[position] == 0 { return nil }
    case .ofShared: if step.inputSteps[position] > 0 { return nil }
    }
    return element(gradients, ofInput: position)
  }

  /// Whether the gradient of this input is yet to be written, all of it.
  func isNew(_ position: Int) -> Bool { newGradients.contains(position) }

  var outputGradient: UnsafePointer<T> {
    UnsafePointer(element(gradients, ofNode: step.node) + samples.lowerBound * step.valueCount)
  }

  /// What this part has of `count` sums, in whole blocks of `block`.
  func share(of count: Int, block: Int = 1) -> Range<Int> {
    Team.share(of: count, member: part.index, of: part.count, block: block)
  }

  func multiply(_ product: GEMM<T>) { T.kernels.multiply(product, workspace: workspace) }

  /// Makes zeros of the gradient of that input where it is new.
  func zeroIfNew(_ position: Int) {
    if isNew(position), let gradient = inputGradient(position) {
      gradient.zero(count: batch * step.inputSteps[position])
    }
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

  private func element(_ table: Table, ofInput position: Int) -> UnsafeMutablePointer<T> {
    element(table, ofNode: step.inputs[position]) + samples.lowerBound * step.inputSteps[position]
  }

  private func element(_ table: Table, ofNode node: Int) -> UnsafeMutablePointer<T> {
    table[node].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
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
