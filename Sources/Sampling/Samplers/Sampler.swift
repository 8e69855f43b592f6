import KernelInterface
import TensorCore

/// A rule that moves a chain, given the gradient of the loss where it is; with the memory that the rule needs of the
/// chain's past. One sampler serves one chain at a time.
public protocol Sampler<Element>: AnyObject {
  associatedtype Element: Scalar
  var posterior: Posterior<Element> { get }
  /// The momentum, in units in which its variance is `momentumVariance`, if the rule has one.
  var momentum: UnsafePointer<Element>? { get }
  func momentumVariance(lrFactor: Double) -> Double
  /// The preconditioner of the last move; of the next one once it is prepared.
  var preconditioner: UnsafePointer<Element>? { get }
  /// Typical sizes of a move, for a Euclidean norm of 1: what a gradient ∇U of norm 1, and noise in one direction, do;
  /// both measured in the preconditioner's metric.
  func moveSizes(lrFactor: Double) -> (drift: Double, noise: Double)
  /// The chain is at the centre, and begins; with normals of `step.stream`, where there is a momentum.
  func restart(_ state: ChainState<Element>, _ step: Step)
  /// Takes the loss and its gradient (in `state.gradient`) at `state.parameters`. Either that is where the chain has
  /// arrived; or the rule was on its way, has moved on, and wants the gradient there: then the result is nil.
  func arrive(_ state: ChainState<Element>, loss: Double) -> Arrival?
  /// Takes in the gradient of the loss where the chain has arrived, before it leaves.
  func prepare(_ state: ChainState<Element>, _ step: Step)
  /// Moves on from there.
  func leave(_ state: ChainState<Element>, _ step: Step)
  /// Passes on all that it remembers between two moves, but for the chain's state (see `ChainFile`).
  func keep(in file: ChainFile)
}

/// Where a chain is once it has arrived.
public struct Arrival {
  /// The mean loss there.
  public let loss: Double
  /// With which probability the move was accepted, by a rule that rejects moves; NaN by others.
  public var acceptance = Double.nan
}

/// What a rule is told of the step it makes.
public struct Step {
  public let stream: RandomStream
  /// By which the step size of the options is multiplied.
  public let lrFactor: Double
  public let isBurnin: Bool
}

extension Sampler {
  public var momentum: UnsafePointer<Element>? { nil }
  public func momentumVariance(lrFactor: Double) -> Double { .nan }
  public var preconditioner: UnsafePointer<Element>? { posterior.preconditioner?.diagonal }
  public func restart(_ state: ChainState<Element>, _ step: Step) {}
  public func prepare(_ state: ChainState<Element>, _ step: Step) {}
  public func arrive(_ state: ChainState<Element>, loss: Double) -> Arrival? { Arrival(loss: loss) }
}
