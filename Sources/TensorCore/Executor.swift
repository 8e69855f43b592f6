import KernelDispatch

/// Runs a program on rows of a data set, in the memory it was made with: after `init` nothing is allocated.
///
/// One executor serves one thread. A batch larger than `capacity` is computed in microbatches, in order;
/// what that changes is only the order in which sums are made (docs/memory.md).
///
/// What it computes is asked for from other modules, by code that is generic too: without `@_specialize` all of this
/// would run unspecialised.
public final class Executor<T: Scalar> {
  public enum Purpose { case losses, gradients, outputs }

  let program: Program
  let steps: Program.Steps
  let dataset: Dataset
  public let capacity: Int
  /// Where it is requested, an evaluation ends early, with results that mean nothing.
  public var interruption: (any Interruption)?
  /// By step: the gradients that its backward pass writes, and those that must be zeros before.
  private let newGradients: [NewGradients]
  private let gradientsZeroed: [[Program.Step]]
  private let arena: Memory<UInt8>
  private let scratch: UnsafeMutablePointer<T>
  /// By node: where its value is, and its gradient, at this moment.
  private let values: Memory<UnsafeMutableRawPointer?>
  private let gradients: Memory<UnsafeMutableRawPointer?>
  /// By input node: where its gathered rows go.
  private let gatherBuffers: Memory<UnsafeMutableRawPointer?>

  /// Rows of a microbatch: few enough to stay near the caches, and to fit an arena of 64 MiB, if one of them does. Every
  /// thread has an arena; so that results do not depend on how many there are, the limit is one thread's own.
  package static var rowLimit: Int { 1024 }
  package static var arenaLimit: Int { 64 << 20 }
  /// Where an operation works sample by sample: 8 MiB, or what 8 samples take. (ResNet-20, for which this is 8 samples: a
  /// step is a tenth faster than with 32.)
  package static var sampleArenaLimit: Int { 8 << 20 }
  package static var samplesWanted: Int { 8 }
  /// Of a microbatch that is given: no extent is beyond what OpenBLAS counts.
  package static var givenArenaLimit: Int { Int(Int32.max) }
  /// What the arena takes.
  package var arenaBytes: Int { arena.count }

  /// - Parameters:
  ///   - batchSize: rows that are asked for at once, at most.
  ///   - microbatch: how many of them are computed at once, also where the arena then takes more, up to 1024 and 2 GiB;
  ///     nil: as many as fit.
  public init(
    program: Program, dataset: Dataset, batchSize: Int, microbatch: Int? = nil, purpose: Purpose
  ) throws {
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
    try dataset.require(steps.perSample)
    let steps = steps
    func plan(_ capacity: Int) -> ArenaPlan {
      ArenaPlan(
        program: program, steps: steps, capacity: capacity, elementSize: MemoryLayout<T>.stride,
        withGradient: purpose == .gradients)
    }
    let fixed = plan(0).byteCount
    let bytesPerSample = max(plan(1).byteCount - fixed, 1)
    let limit = microbatch == nil ? Self.arenaLimit : Self.givenArenaLimit
    let worksBySample = steps.perSample.contains { step in
      if case .computed(let operation) = step.content { operation.worksBySample } else { false }
    }
    let wanted =
      worksBySample ? max(Self.samplesWanted, Self.sampleArenaLimit / bytesPerSample) : Self.rowLimit
    capacity = max(
      1, min(batchSize, Self.rowLimit, microbatch ?? wanted, (limit - fixed) / bytesPerSample))
    let plan = plan(capacity)
    newGradients = zip(steps.perSample, plan.gradientsBorn).map { NewGradients(of: $0, born: $1) }
    gradientsZeroed = zip(steps.perSample, zip(newGradients, plan.gradientsBorn)).map { step, gradients in
      gradients.1.filter { born in
        !step.inputs.indices.contains { step.inputs[$0] == born.node && gradients.0.contains($0) }
      }
    }
    arena = try Memory(count: plan.byteCount)
    values = try Memory(repeating: nil, count: plan.values.count)
    gradients = try Memory(repeating: nil, count: plan.gradients.count)
    let base = UnsafeMutableRawPointer(arena.pointer)
    for node in plan.values.indices {
      values.pointer[node] = plan.values[node].map { base + $0 }
      gradients.pointer[node] = plan.gradients[node].map { base + $0 }
    }
    scratch = (base + plan.scratch).assumingMemoryBound(to: T.self)
    gatherBuffers = try Memory(count: plan.values.count)
    gatherBuffers.pointer.initialize(from: values.pointer, count: plan.values.count)
    for step in steps.shared {
      guard case .constant(let elements) = step.content else { continue }
      let value = values.pointer[step.node].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
      for i in elements.indices { value[i] = T(elements[i]) }
    }
  }

  // MARK: What it computes

  /// losses[i] = loss of the i-th of `rows`.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  public func losses(
    of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>
  ) {
    bind(parameters)
    forwardShared()
    eachMicrobatch(of: rows) { offset, part in forward(part, losses: losses + offset) }
  }

  /// The same losses, and the gradient of their MEAN.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  public func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    bind(parameters)
    for slice in program.parameters.slices {
      gradients.pointer[slice.node] = UnsafeMutableRawPointer(gradient + slice.offset)
    }
    gradient.zero(count: program.parameters.count)
    forwardShared()
    for step in steps.shared {
      if case .computed = step.content { zeroGradient(of: step, batch: 1) }
    }
    let lossGradient = 1 / T(rows.count)
    eachMicrobatch(of: rows) { offset, part in
      forward(part, losses: losses + offset)
      backward(part.count, lossGradient: lossGradient)
    }
    for step in steps.shared.reversed() { backward(step, batch: 1, lossGradient: lossGradient) }
  }

  /// The output node's values, row after row.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  public func outputs(of rows: Rows, at parameters: UnsafePointer<T>, into outputs: UnsafeMutablePointer<T>) {
    guard let size = program.outputShape?.count else { return }
    bind(parameters)
    forwardShared()
    eachMicrobatch(of: rows) { offset, part in
      forward(part, losses: nil)
      let value = values.pointer[steps.result].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
      (outputs + offset * size).update(from: value, count: part.count * size)
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

  private func forwardShared() {
    for step in steps.shared {
      if case .computed(let operation) = step.content { operands(of: step, batch: 1).forward(operation) }
    }
  }

  private func forward(_ rows: Rows, losses: UnsafeMutablePointer<Double>?) {
    for step in steps.perSample {
      switch step.content {
      case .input(let position): load(rows, position: position, step: step)
      case .computed(let operation):
        operands(of: step, batch: rows.count, losses: losses).forward(operation)
      case .parameter, .constant, .alias: break
      }
    }
  }

  /// Adds `lossGradient` times the gradient of every sample's loss.
  private func backward(_ batch: Int, lossGradient: T) {
    for position in steps.perSample.indices.reversed() {
      for step in gradientsZeroed[position] { zeroGradient(of: step, batch: batch) }
      backward(
        steps.perSample[position], batch: batch, lossGradient: lossGradient, newGradients[position])
    }
  }

  private func backward(
    _ step: Program.Step, batch: Int, lossGradient: T, _ newGradients: NewGradients = .none
  ) {
    guard program.needsGradient[step.node], case .computed(let operation) = step.content else { return }
    // A value that no loss was computed from has no gradient.
    guard step.role == .loss || gradients.pointer[step.node] != nil else { return }
    operands(of: step, batch: batch, lossGradient: lossGradient, newGradients).backward(operation)
  }

  private func zeroGradient(of step: Program.Step, batch: Int) {
    gradients.pointer[step.node]?.assumingMemoryBound(to: T.self).zero(count: batch * step.valueCount)
  }

  // MARK: Where things are

  private func operands(
    of step: Program.Step, batch: Int, losses: UnsafeMutablePointer<Double>? = nil, lossGradient: T = 0,
    _ newGradients: NewGradients = .none
  ) -> Operands<T> {
    Operands(
      batch: batch, step: step, values: values.pointer, gradients: gradients.pointer, scratch: scratch,
      losses: losses, lossGradient: lossGradient, newGradients: newGradients)
  }

  private func bind(_ parameters: UnsafePointer<T>) {
    for slice in program.parameters.slices {
      values.pointer[slice.node] = UnsafeMutableRawPointer(mutating: parameters + slice.offset)
    }
  }

  /// Makes the rows of an input its value: where they lie if they are consecutive and of the type that is read, else a
  /// gathered copy, converted.
  private func load(_ rows: Rows, position: Int, step: Program.Step) {
    let array = dataset.arrays[position]
    let source = array.base.unsafelyUnwrapped
    let read = step.role == .label ? StoredElement.int64 : T.precision.stored
    let stored = array.element ?? read
    let (rowSize, storedRowSize) = (step.valueCount * read.stride, step.valueCount * stored.stride)
    let buffer = gatherBuffers.pointer[step.node].unsafelyUnwrapped
    values.pointer[step.node] = buffer
    switch rows {
    case .range(let start, _) where stored == read:
      values.pointer[step.node] = UnsafeMutableRawPointer(mutating: source + start * rowSize)
    case .range(let start, let count):
      convert(
        stored, count: count * step.valueCount, from: source + start * storedRowSize, to: buffer, step.role)
    case .indices(let indices, let count) where stored == read:
      for i in 0..<count {
        (buffer + i * rowSize).copyMemory(from: source + Int(indices[i]) * rowSize, byteCount: rowSize)
      }
    case .indices(let indices, let count):
      for i in 0..<count {
        convert(
          stored, count: step.valueCount, from: source + Int(indices[i]) * storedRowSize,
          to: buffer + i * rowSize, step.role)
      }
    }
  }

  private func convert(
    _ stored: StoredElement, count: Int, from source: UnsafeRawPointer, to buffer: UnsafeMutableRawPointer,
    _ role: Role
  ) {
    if role == .label {
      T.kernels.convertIntegers(
        stored, count: count, from: source, to: buffer.assumingMemoryBound(to: Int64.self))
    } else {
      T.kernels.convert(stored, count: count, from: source, to: buffer.assumingMemoryBound(to: T.self))
    }
  }
}
