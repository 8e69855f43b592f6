/// Runs a program on rows of a data set, in the memory it was made with: after `init` nothing is allocated.
///
/// One executor serves one thread. A batch larger than `capacity` is computed in microbatches, in order;
/// what that changes is only the order in which a gradient is summed.
public final class Executor<T: Scalar> {
  public enum Purpose { case losses, gradients, outputs }

  let program: Program
  let steps: [Program.Step]
  let dataset: Dataset
  public let capacity: Int
  /// Where it is requested, an evaluation ends early, with results that mean nothing.
  public var interruption: (any Interruption)?
  private let gradientsBorn: [[Int]]
  private let arena: Memory<UInt8>
  /// By node: where its value is, and its gradient, at this moment.
  private let values: Memory<UnsafeMutableRawPointer?>
  private let gradients: Memory<UnsafeMutableRawPointer?>
  /// By input node: where its gathered rows go.
  private let gatherBuffers: Memory<UnsafeMutableRawPointer?>

  /// Rows of a microbatch: few enough to stay near the caches, and within 256 MiB.
  static var rowLimit: Int { 1024 }
  static var arenaLimit: Int { 256 << 20 }

  public init(program: Program, dataset: Dataset, batchSize: Int, purpose: Purpose) throws {
    self.program = program
    self.dataset = dataset
    switch purpose {
    case .losses, .gradients: steps = program.lossSteps
    case .outputs:
      guard let outputSteps = program.outputSteps else {
        throw InvalidArgument("the model was compiled without an output node")
      }
      steps = outputSteps
    }
    try dataset.require(steps)
    let steps = steps
    func plan(_ capacity: Int) -> ArenaPlan {
      ArenaPlan(
        program: program, steps: steps, capacity: capacity, elementSize: MemoryLayout<T>.stride,
        withGradient: purpose == .gradients)
    }
    let bytesPerSample = max(plan(1).byteCount, 1)
    capacity = max(1, min(batchSize, Self.rowLimit, Self.arenaLimit / bytesPerSample))
    let plan = plan(capacity)
    gradientsBorn = plan.gradientsBorn
    arena = try Memory(count: plan.byteCount)
    values = try Memory(repeating: nil, count: plan.values.count)
    gradients = try Memory(repeating: nil, count: plan.gradients.count)
    let base = UnsafeMutableRawPointer(arena.pointer)
    for node in plan.values.indices {
      values.pointer[node] = plan.values[node].map { base + $0 }
      gradients.pointer[node] = plan.gradients[node].map { base + $0 }
    }
    gatherBuffers = try Memory(count: plan.values.count)
    gatherBuffers.pointer.initialize(from: values.pointer, count: plan.values.count)
  }

  // MARK: What it computes

  /// losses[i] = loss of the i-th of `rows`.
  public func losses(
    of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>
  ) {
    bind(parameters)
    eachMicrobatch(of: rows) { offset, part in forward(part, losses: losses + offset) }
  }

  /// The same losses, and the gradient of their MEAN.
  public func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    bind(parameters)
    for slice in program.parameters.slices {
      gradients.pointer[slice.node] = UnsafeMutableRawPointer(gradient + slice.offset)
    }
    gradient.zero(count: program.parameters.count)
    let lossGradient = 1 / T(rows.count)
    eachMicrobatch(of: rows) { offset, part in
      forward(part, losses: losses + offset)
      backward(part.count, lossGradient: lossGradient)
    }
  }

  /// The output node's values, row after row.
  public func outputs(of rows: Rows, at parameters: UnsafePointer<T>, into outputs: UnsafeMutablePointer<T>) {
    guard let node = steps.last?.node, let size = program.outputShape?.count else { return }
    bind(parameters)
    eachMicrobatch(of: rows) { offset, part in
      forward(part, losses: nil)
      (outputs + offset * size).update(from: value(node), count: part.count * size)
    }
  }

  // MARK: Passes

  private func eachMicrobatch(of rows: Rows, _ body: (Int, Rows) -> Void) {
    var offset = 0
    while offset < rows.count && interruption?.isRequested != true {
      let count = min(capacity, rows.count - offset)
      body(offset, rows.slice(from: offset, count: count))
      offset += count
    }
  }

  private func forward(_ rows: Rows, losses: UnsafeMutablePointer<Double>?) {
    let batch = rows.count
    for step in steps {
      let count = batch * step.rows * step.inputColumns
      switch step.operation {
      case .input(let position): load(rows, position: position, node: step.node)
      case .parameter: break
      case .linear:
        linear(step, batch).forward(
          x: value(step.inputs.0), weight: value(step.inputs.1), bias: optionalValue(step.inputs.2),
          y: value(step.node))
      case .activation(let activation):
        activation.forward(count: count, x: value(step.inputs.0), y: value(step.node))
      case .meanSquaredError:
        guard let losses else { break }
        T.kernels.squaredError(
          rows: batch, columns: count / batch, prediction: value(step.inputs.0), target: value(step.inputs.1),
          losses: losses)
      case .crossEntropy:
        guard let losses else { break }
        T.kernels.crossEntropy(
          rows: batch, columns: step.inputColumns, logits: value(step.inputs.0),
          labels: labels(step.inputs.1), probabilities: value(step.node), losses: losses)
      }
    }
  }

  /// Adds `lossGradient` times the gradient of every sample's loss.
  private func backward(_ batch: Int, lossGradient: T) {
    for position in steps.indices.reversed() {
      let step = steps[position]
      for node in gradientsBorn[position] {
        gradient(node)?.zero(count: batch * program.graph.nodes[node].shape.count)
      }
      guard program.needsGradient[step.node] else { continue }
      let count = batch * step.rows * step.inputColumns
      switch step.operation {
      case .input, .parameter: break
      case .linear:
        guard let dy = gradient(step.node), let dWeight = gradient(step.inputs.1) else { break }
        linear(step, batch).backward(
          x: value(step.inputs.0), weight: value(step.inputs.1), dy: dy, dx: gradient(step.inputs.0),
          dWeight: dWeight, dBias: gradient(step.inputs.2))
      case .activation(let activation):
        guard let dy = gradient(step.node), let dx = gradient(step.inputs.0) else { break }
        activation.backward(count: count, x: value(step.inputs.0), y: value(step.node), dy: dy, dx: dx)
      case .meanSquaredError:
        // The error is symmetric: each side's gradient is that of a prediction whose target is the other.
        squaredErrorBackward(step.inputs.0, step.inputs.1, batch, count / batch, lossGradient)
        squaredErrorBackward(step.inputs.1, step.inputs.0, batch, count / batch, lossGradient)
      case .crossEntropy:
        guard let dLogits = gradient(step.inputs.0) else { break }
        T.kernels.crossEntropyBackward(
          rows: batch, columns: step.inputColumns, probabilities: value(step.node),
          labels: labels(step.inputs.1), lossGradient: lossGradient, logitsGradient: dLogits)
      }
    }
  }

  private func squaredErrorBackward(_ side: Int, _ other: Int, _ rows: Int, _ columns: Int, _ lossGradient: T)
  {
    guard let sideGradient = gradient(side) else { return }
    T.kernels.squaredErrorBackward(
      rows: rows, columns: columns, prediction: value(side), target: value(other), lossGradient: lossGradient,
      predictionGradient: sideGradient)
  }

  private func linear(_ step: Program.Step, _ batch: Int) -> Linear<T> {
    Linear(rows: batch * step.rows, inputs: step.inputColumns, outputs: step.columns)
  }

  // MARK: Where things are

  private func bind(_ parameters: UnsafePointer<T>) {
    for slice in program.parameters.slices {
      values.pointer[slice.node] = UnsafeMutableRawPointer(mutating: parameters + slice.offset)
    }
  }

  /// Makes the rows of an input its value: where they lie if they are consecutive, else a gathered copy.
  private func load(_ rows: Rows, position: Int, node: Int) {
    let source = dataset.arrays[position].unsafelyUnwrapped
    let elementSize =
      program.graph.nodes[node].role == .label ? MemoryLayout<Int64>.stride : MemoryLayout<T>.stride
    let rowSize = program.graph.nodes[node].shape.count * elementSize
    switch rows {
    case .range(let start, _):
      values.pointer[node] = UnsafeMutableRawPointer(mutating: source + start * rowSize)
    case .indices(let indices, let count):
      let buffer = gatherBuffers.pointer[node].unsafelyUnwrapped
      for i in 0..<count {
        (buffer + i * rowSize).copyMemory(from: source + Int(indices[i]) * rowSize, byteCount: rowSize)
      }
      values.pointer[node] = buffer
    }
  }

  private func value(_ node: Int) -> UnsafeMutablePointer<T> {
    values.pointer[node].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
  }

  private func optionalValue(_ node: Int) -> UnsafeMutablePointer<T>? { node < 0 ? nil : value(node) }

  private func labels(_ node: Int) -> UnsafePointer<Int64> {
    UnsafePointer(values.pointer[node].unsafelyUnwrapped.assumingMemoryBound(to: Int64.self))
  }

  private func gradient(_ node: Int) -> UnsafeMutablePointer<T>? {
    node < 0 ? nil : gradients.pointer[node]?.assumingMemoryBound(to: T.self)
  }
}
