import LearningCoefficient
import Sampling
import TensorCore

/// What a C handle points to. A common base, so that a handle of the wrong kind is told apart.
class Handle {
  /// The C caller's reference, to be ended by `release`.
  func retained() -> OpaquePointer { OpaquePointer(Unmanaged<Handle>.passRetained(self).toOpaque()) }

  /// Ends the reference of a handle of this class. One of another kind is left to its own function, which would
  /// end it again.
  static func release(_ pointer: OpaquePointer?) {
    guard let pointer, (try? from(pointer, "handle")) != nil else { return }
    Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }

  /// The object behind `pointer`, which must be of this class; `argument` names it in messages.
  static func from(_ pointer: OpaquePointer?, _ argument: String) throws(InvalidArgument) -> Self {
    let pointer = try require(pointer, argument)
    let handle = Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    guard let typed = handle as? Self else {
      throw InvalidArgument("\(argument) is a handle of another kind")
    }
    return typed
  }
}

final class GraphHandle: Handle {
  var graph = Graph()
  let precision: Precision
  init(_ precision: Precision) { self.precision = precision }
}

final class ModelHandle: Handle {
  let program: Program
  let precision: Precision
  init(_ program: Program, _ precision: Precision) {
    self.program = program
    self.precision = precision
  }
}

final class DatasetHandle: Handle {
  let dataset: Dataset
  let program: Program
  init(_ dataset: Dataset, _ program: Program) {
    self.dataset = dataset
    self.program = program
  }

  /// The data set behind `pointer`, which must have been made for `model`.
  static func dataset(_ pointer: OpaquePointer?, of model: ModelHandle) throws(InvalidArgument) -> Dataset {
    let handle = try DatasetHandle.from(pointer, "dataset")
    try require(handle.program === model.program, "the data set was made for another model")
    return handle.dataset
  }
}

final class RunHandle: Handle {
  let run: Run
  let nbeta: Double
  let batchSize: Int
  let microbatch: Int
  init(_ run: Run, nbeta: Double, batchSize: Int, microbatch: Int) {
    self.run = run
    self.nbeta = nbeta
    self.batchSize = batchSize
    self.microbatch = microbatch
  }
}
