import KernelDispatch

/// Runs a program on rows of a data set, in the memory it was made with: after `init` nothing is allocated.
///
/// One executor serves one thread, or one team of them, which gets the same bits. A batch larger than `capacity` is computed in microbatches, in order;
/// what that changes is only the order in which sums are made (docs/memory.md).
///
/// What it computes is asked for from other modules, by code that is generic too: without `@_specialize` all of this
/// would run unspecialised.
public final class Executor<T: Scalar>: TeamTask {
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
  private let team: Team
  private var pass = Pass()
  private var isInterrupted = false
  /// By member of the team.
  private let ownMemory: UnsafeMutableRawPointer
  private let ownBytes: Int
  private let scratchBytes: Int
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
  /// Of a microbatch that is given: as much memory as 32 bits count.
  package static var givenArenaLimit: Int { Int(Int32.max) }
  /// What the arena takes.
  package var arenaBytes: Int { arena.count }

  /// - Parameters:
  ///   - batchSize: rows that are asked for at once, at most.
  ///   - microbatch: how many of them are computed at once, also where the arena then takes more, up to 1024 and 2 GiB;
  ///     nil: as many as fit.
  ///   - team: who computes; the leader is the thread that asks. Nil: that thread alone.
  public init(
    program: Program, dataset: Dataset, batchSize: Int, microbatch: Int? = nil, purpose: Purpose,
    team: Team? = nil
  ) throws {
    self.program = program
    self.dataset = dataset
    self.team = team ?? Team(size: 1)
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
        workspaceCount: T.kernels.productWorkspace, withGradient: purpose == .gradients)
    }
    let fixed = plan(0).byteCount
    // Of 64 samples every buffer is whole cache lines: nothing is lost to alignment.
    let bytesPerSample = max((plan(64).byteCount - fixed) / 64, 1)
    let limit = microbatch == nil ? Self.arenaLimit : Self.givenArenaLimit
    let worksBySample = steps.perSample.contains { step in
      if case .computed(let operation) = step.content { operation.worksBySample } else { false }
    }
    let wanted =
      worksBySample ? max(Self.samplesWanted, Self.sampleArenaLimit / bytesPerSample) : Self.rowLimit
    var capacity = max(
      1, min(batchSize, Self.rowLimit, microbatch ?? wanted, (limit - fixed) / bytesPerSample))
    while capacity > 1 && plan(capacity).byteCount > limit { capacity -= 1 }
    self.capacity = capacity
    let plan = plan(capacity)
    newGradients = zip(steps.perSample, plan.gradientsBorn).map { NewGradients(of: $0, born: $1) }
    gradientsZeroed = zip(steps.perSample, zip(newGradients, plan.gradientsBorn)).map { step, gradients in
      gradients.1.filter { born in
        !step.inputs.indices.contains { step.inputs[$0] == born.node && gradients.0.contains($0) }
      }
    }
    arena = try Memory(count: plan.byteCount + (self.team.size - 1) * plan.ownBytes)
    values = try Memory(repeating: nil, count: plan.values.count)
    gradients = try Memory(repeating: nil, count: plan.gradients.count)
    let base = UnsafeMutableRawPointer(arena.pointer)
    for node in plan.values.indices {
      values.pointer[node] = plan.values[node].map { base + $0 }
      gradients.pointer[node] = plan.gradients[node].map { base + $0 }
    }
    ownMemory = base + plan.ownMemory
    ownBytes = plan.ownBytes
    scratchBytes = plan.scratchBytes
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
  public func losses(
    of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>
  ) {
    bind(parameters)
    pass = Pass(rows: rows, losses: losses)
    team.perform(self)
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
    pass = Pass(rows: rows, losses: losses, gradient: gradient)
    team.perform(self)
  }

  /// The output node's values, row after row.
  public func outputs(of rows: Rows, at parameters: UnsafePointer<T>, into outputs: UnsafeMutablePointer<T>) {
    bind(parameters)
    pass = Pass(rows: rows, outputs: outputs)
    team.perform(self)
  }

  // MARK: Passes

  /// What is being computed.
  private struct Pass {
    var rows = Rows.range(start: 0, count: 0)
    var losses: UnsafeMutablePointer<Double>?
    var gradient: UnsafeMutablePointer<T>?
    var outputs: UnsafeMutablePointer<T>?
  }

  /// All members go from step to step together, each with its share of the samples; and of what is shared by all samples,
  /// with its share of the sums.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  public func perform(member: Int, of team: Team) {
    let pass = pass
    let lossGradient = 1 / T(pass.rows.count)
    if member == 0 { forwardShared() }
    if let gradient = pass.gradient {
      let share = team.share(of: program.parameters.count, member: member)
      (gradient + share.lowerBound).zero(count: share.count)
      if member == 0 {
        for step in steps.shared {
          if case .computed = step.content { zeroGradient(of: step, samples: 0..<1) }
        }
      }
    }
    var offset = 0
    while offset < pass.rows.count {
      let part = pass.rows.slice(from: offset, count: min(capacity, pass.rows.count - offset))
      if member == 0 {
        isInterrupted = interruption?.isRequested == true
        bind(part)
      }
      team.meet()
      if isInterrupted { return }
      let samples = Samples(
        range: team.share(of: part.count, member: member), total: part.count, member: member, of: team)
      forward(part, samples, losses: pass.losses.map { $0 + offset })
      if let outputs = pass.outputs, let size = program.outputShape?.count {
        let value = values.pointer[steps.result].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
        let start = samples.range.lowerBound * size
        (outputs + offset * size + start).update(from: value + start, count: samples.range.count * size)
        team.meet()
      }
      if pass.gradient != nil { backward(samples, lossGradient: lossGradient) }
      offset += part.count
    }
    guard pass.gradient != nil, member == 0 else { return }
    for step in steps.shared.reversed() where hasGradient(step) {
      if case .computed(let operation) = step.content {
        var operands = operands(of: step, .one)
        operands.lossGradient = lossGradient
        operands.backward(operation)
      }
    }
  }

  /// The samples of a microbatch that one member of the team has.
  private struct Samples {
    let range: Range<Int>
    let total: Int
    let member: Int
    let team: Team?

    init(range: Range<Int>, total: Int, member: Int, of team: Team?) {
      (self.range, self.total, self.member, self.team) = (range, total, member, team)
    }

    /// Where there are none: what is shared.
    static var one: Samples { Samples(range: 0..<1, total: 1, member: 0, of: nil) }
  }

  private func forwardShared() {
    for step in steps.shared {
      if case .computed(let operation) = step.content { operands(of: step, .one).forward(operation) }
    }
  }

  private func forward(_ rows: Rows, _ samples: Samples, losses: UnsafeMutablePointer<Double>?) {
    for step in steps.perSample {
      switch step.content {
      case .input(let position):
        load(rows.slice(from: samples.range.lowerBound, count: samples.range.count), position, step, samples)
      case .computed(let operation):
        if !samples.range.isEmpty {
          var operands = operands(of: step, samples)
          operands.losses = losses.map { $0 + samples.range.lowerBound }
          operands.forward(operation)
        }
      case .parameter, .constant, .alias: continue
      }
      samples.team?.meet()
    }
  }

  /// Adds `lossGradient` times the gradient of every sample's loss.
  private func backward(_ samples: Samples, lossGradient: T) {
    for position in steps.perSample.indices.reversed() {
      for step in gradientsZeroed[position] { zeroGradient(of: step, samples: samples.range) }
      let step = steps.perSample[position]
      guard hasGradient(step), case .computed(let operation) = step.content else { continue }
      backward(step, operation, samples, lossGradient: lossGradient, newGradients[position])
      samples.team?.meet()
    }
  }

  private func backward(
    _ step: Program.Step, _ operation: any Operation, _ samples: Samples, lossGradient: T,
    _ newGradients: NewGradients
  ) {
    var operands = operands(of: step, samples)
    operands.lossGradient = lossGradient
    operands.newGradients = newGradients
    guard let team = samples.team, team.size > 1 else { return operands.backward(operation) }
    operands.wanted = .ofSamples
    if !samples.range.isEmpty { operands.backward(operation) }
    guard step.inputSteps.contains(0) else { return }
    // Sums over all samples, in the order in which one thread makes them.
    var sums = self.operands(
      of: step, Samples(range: 0..<samples.total, total: samples.total, member: samples.member, of: team))
    sums.lossGradient = lossGradient
    sums.wanted = .ofShared
    sums.part = (samples.member, team.size)
    if operation.dividesSharedGradients || samples.member == 0 { sums.backward(operation) }
  }

  /// A value that no loss was computed from has none.
  private func hasGradient(_ step: Program.Step) -> Bool {
    program.needsGradient[step.node] && (step.role == .loss || gradients.pointer[step.node] != nil)
  }

  private func zeroGradient(of step: Program.Step, samples: Range<Int>) {
    guard let gradient = gradients.pointer[step.node]?.assumingMemoryBound(to: T.self) else { return }
    (gradient + samples.lowerBound * step.valueCount).zero(count: samples.count * step.valueCount)
  }

  // MARK: Where things are

  private func operands(of step: Program.Step, _ samples: Samples) -> Operands<T> {
    let own = ownMemory + samples.member * ownBytes
    return Operands(
      samples: samples.range, total: samples.total, step: step, values: values.pointer,
      gradients: gradients.pointer, scratch: own.assumingMemoryBound(to: T.self),
      workspace: (own + scratchBytes).assumingMemoryBound(to: T.self))
  }

  private func bind(_ parameters: UnsafePointer<T>) {
    for slice in program.parameters.slices {
      values.pointer[slice.node] = UnsafeMutableRawPointer(mutating: parameters + slice.offset)
    }
  }

  /// Makes the rows of every input its value: where they lie if they are consecutive and of the type that is read, else
  /// a copy, which is made later.
  private func bind(_ rows: Rows) {
    for step in steps.perSample {
      guard case .input(let position) = step.content else { continue }
      values.pointer[step.node] =
        dataset.arrays[position].place(of: rows, as: read(step), size: step.valueCount)
        ?? gatherBuffers.pointer[step.node]
    }
  }

  /// What an input's elements are to be.
  private func read(_ step: Program.Step) -> StoredElement {
    step.role == .label ? .int64 : T.precision.stored
  }

  /// Copies a member's rows of an input, where they are not used where they lie.
  private func load(_ rows: Rows, _ position: Int, _ step: Program.Step, _ samples: Samples) {
    let read = read(step)
    let start = samples.range.lowerBound * step.valueCount * read.stride
    dataset.arrays[position].load(
      rows, as: read, size: step.valueCount, by: T.kernels,
      to: gatherBuffers.pointer[step.node].unsafelyUnwrapped + start)
  }
}
