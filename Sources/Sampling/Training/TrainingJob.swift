import TensorCore

/// Trains the caller's parameters in place, by minibatch steps of one worker; the potential's team is its own.
public final class TrainingJob<P: Potential>: Job, @unchecked Sendable {
  public typealias Element = P.Element

  public let phases = [1]
  public let teams: [Team]
  public let stepCount: Int

  private let potential: P
  private let optimizer: Optimizer
  private let lr: Double
  private let weightDecay: Double
  private var batches: Minibatches
  private let parameters: UnsafeMutablePointer<Element>
  private let trace: UnsafeMutablePointer<Double>?
  private let gradient: Memory<Element>
  private let memory: Memory<Element>
  private let losses: Memory<Double>

  /// `trace`, where given, receives the mean loss of each step's minibatch before the step; NaN beyond.
  public init(
    potential: P, optimizer: Optimizer, lr: Double, weightDecay: Double, steps: Int, batchSize: Int,
    seed: UInt64, team: Team = Team(size: 1),
    parameters: UnsafeMutablePointer<Element>, trace: UnsafeMutablePointer<Double>?
  ) throws {
    self.potential = potential
    self.optimizer = optimizer
    self.lr = lr
    self.weightDecay = weightDecay
    self.parameters = parameters
    self.trace = trace
    stepCount = steps
    teams = [team]
    batches = try Minibatches(sampleCount: potential.sampleCount, batchSize: batchSize)
    batches.restart(seed: seed, chain: 0)
    gradient = try Memory(count: potential.dimension)
    memory = try Memory(repeating: 0, count: optimizer.vectorCount * potential.dimension)
    losses = try Memory(count: batchSize)
    trace?.initialize(repeating: .nan, count: steps)
  }

  public func perform(phase: Int, task: Int, worker: Int, control: RunControl) {
    potential.interruption = control
    for step in 0..<stepCount {
      let rows = batches.next()
      potential.gradient(of: rows, at: parameters, losses: losses.pointer, into: gradient.pointer)
      if control.isCancelled { return }
      let loss = mean(losses.pointer, rows.count)
      trace?[step] = loss
      guard loss.isFinite else { return control.diverge(at: step) }
      optimizer.update(
        count: potential.dimension, step: step + 1, lr: lr, weightDecay: weightDecay,
        gradient: gradient.pointer,
        memory: memory.pointer, parameters: parameters)
      control.advance()
    }
  }
}
