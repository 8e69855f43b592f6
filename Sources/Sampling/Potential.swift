import TensorCore

/// What a chain samples: a loss per sample and its gradient, as a function of a flat parameter vector. All a
/// sampler knows of the model; so every sampler can be tested on potentials with known laws.
///
/// A potential belongs to one thread (it may use scratch memory) and allocates nothing when evaluated.
public protocol Potential<Element>: AnyObject {
  associatedtype Element: Scalar
  /// The length of the parameter vector.
  var dimension: Int { get }
  var sampleCount: Int { get }
  /// Where it is requested, a long evaluation may end early, with results that mean nothing.
  var interruption: (any Interruption)? { get set }
  /// losses[i] = loss of the i-th of `rows`.
  func losses(
    of rows: Rows, at parameters: UnsafePointer<Element>, into losses: UnsafeMutablePointer<Double>)
  /// The same losses, and the gradient of their MEAN.
  func gradient(
    of rows: Rows, at parameters: UnsafePointer<Element>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<Element>)
}

extension Potential {
  /// A potential that is quickly evaluated need not ask.
  public var interruption: (any Interruption)? {
    get { nil }
    set {}
  }
}

/// The loss of a compiled graph over a data set.
public final class GraphPotential<T: Scalar>: Potential {
  public let dimension: Int
  public let sampleCount: Int
  private let executor: Executor<T>
  /// Samples that are computed at once.
  public var microbatch: Int { executor.capacity }

  /// Microbatch and team are as for `Executor`.
  public init(
    program: Program, dataset: Dataset, batchSize: Int, microbatch: Int? = nil, team: Team? = nil
  ) throws {
    dimension = program.parameters.count
    sampleCount = dataset.sampleCount
    executor = try Executor(
      program: program, dataset: dataset, batchSize: batchSize, microbatch: microbatch, purpose: .gradients,
      team: team)
  }

  public var interruption: (any Interruption)? {
    get { executor.interruption }
    set { executor.interruption = newValue }
  }

  public func losses(
    of rows: Rows, at parameters: UnsafePointer<T>, into losses: UnsafeMutablePointer<Double>
  ) {
    executor.losses(of: rows, at: parameters, into: losses)
  }

  public func gradient(
    of rows: Rows, at parameters: UnsafePointer<T>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<T>
  ) {
    executor.gradient(of: rows, at: parameters, losses: losses, into: gradient)
  }
}
