import CSwiftLLC
import KernelDispatch
import Sampling
import TensorCore

@_cdecl("sllc_model_compile")
public func sllc_model_compile(
  _ graph: OpaquePointer?, _ loss: Int64, _ output: Int64, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> sllc_status {
  status {
    let handle = try GraphHandle.from(graph, "graph")
    let model = try require(model, "model")
    let program = try Program(
      graph: handle.graph, loss: Int(loss), output: output == SLLC_NO_NODE ? nil : Int(output))
    model.pointee = ModelHandle(program, handle.precision).retained()
  }
}

@_cdecl("sllc_model_free")
public func sllc_model_free(_ model: OpaquePointer?) { ModelHandle.release(model) }

@_cdecl("sllc_model_parameter_count")
public func sllc_model_parameter_count(
  _ model: OpaquePointer?, _ count: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    try require(count, "count").pointee = Int64(model.program.parameters.count)
  }
}

@_cdecl("sllc_model_parameter_slice")
public func sllc_model_parameter_slice(
  _ model: OpaquePointer?, _ node: Int64, _ offset: UnsafeMutablePointer<Int64>?,
  _ count: UnsafeMutablePointer<Int64>?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    let offset = try require(offset, "offset")
    let count = try require(count, "count")
    guard let slice = model.program.parameters.slices.first(where: { $0.node == Int(node) }) else {
      throw InvalidArgument("node \(node) is not a parameter of this model")
    }
    offset.pointee = Int64(slice.offset)
    count.pointee = Int64(slice.count)
  }
}

@_cdecl("sllc_dataset_create")
public func sllc_dataset_create(
  _ model: OpaquePointer?, _ samples: Int64, _ arrays: UnsafePointer<UnsafeRawPointer?>?,
  _ elements: UnsafePointer<Int32>?, _ arrayCount: Int64, _ dataset: UnsafeMutablePointer<OpaquePointer?>?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    let arrays = try require(arrays, "arrays")
    let result = try require(dataset, "dataset")
    let expected = model.program.graph.inputCount
    try require(
      arrayCount == expected, "array_count is \(arrayCount), but the model has \(expected) inputs")
    let dataset = try Dataset(
      program: model.program, sampleCount: Int(samples),
      arrays: (0..<expected).map { try sampleArray(arrays[$0], elements?[$0], position: $0) })
    result.pointee = DatasetHandle(dataset, model.program).retained()
  }
}

/// An array with what its elements are said to be. Of an array that is missing they are not looked at.
private func sampleArray(
  _ base: UnsafeRawPointer?, _ code: Int32?, position: Int
) throws(InvalidArgument) -> SampleArray {
  guard let base, let code else { return SampleArray(base) }
  let unchecked = Int32(SLLC_DATA_UNCHECKED)
  guard code >= 0, let element = StoredElement(rawValue: code & ~unchecked) else {
    throw InvalidArgument(
      "elements[\(position)] is \(code); it must be SLLC_DATA_FLOAT32 (0) ... SLLC_DATA_UINT64 (10), and \(unchecked) more for integers that are not to be checked"
    )
  }
  return SampleArray(base, element: element, isChecked: code & unchecked == 0)
}

@_cdecl("sllc_dataset_free")
public func sllc_dataset_free(_ dataset: OpaquePointer?) { DatasetHandle.release(dataset) }

// MARK: Evaluation

@_cdecl("sllc_model_losses")
public func sllc_model_losses(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ parameters: UnsafeRawPointer?,
  _ losses: UnsafeMutablePointer<Double>?, _ meanLoss: UnsafeMutablePointer<Double>?
) -> sllc_status {
  evaluate(model, dataset, parameters, .losses, losses: losses, meanLoss: meanLoss, result: nil)
}

@_cdecl("sllc_model_gradient")
public func sllc_model_gradient(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ parameters: UnsafeRawPointer?,
  _ gradient: UnsafeMutableRawPointer?, _ meanLoss: UnsafeMutablePointer<Double>?
) -> sllc_status {
  evaluate(model, dataset, parameters, .gradients, losses: nil, meanLoss: meanLoss, result: gradient)
}

@_cdecl("sllc_model_outputs")
public func sllc_model_outputs(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ parameters: UnsafeRawPointer?,
  _ outputs: UnsafeMutableRawPointer?
) -> sllc_status {
  evaluate(model, dataset, parameters, .outputs, losses: nil, meanLoss: nil, result: outputs)
}

/// What an evaluation over the whole data set computes.
private enum Evaluation { case losses, gradients, outputs }

/// One evaluation in the model's precision. `result` receives the gradient or the outputs.
private func evaluate(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ parameters: UnsafeRawPointer?,
  _ evaluation: Evaluation,
  losses: UnsafeMutablePointer<Double>?, meanLoss: UnsafeMutablePointer<Double>?,
  result: UnsafeMutableRawPointer?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    let dataset = try DatasetHandle.dataset(dataset, of: model)
    let parameters = try require(parameters, "parameters")
    func run<T: Scalar>(_: T.Type) throws {
      let w = parameters.assumingMemoryBound(to: T.self)
      let rows = Rows.range(start: 0, count: dataset.sampleCount)
      func executor(_ purpose: Executor<T>.Purpose) throws -> Executor<T> {
        try Executor(program: model.program, dataset: dataset, batchSize: rows.count, purpose: purpose)
      }
      let scratch = try Memory<Double>(count: losses == nil ? rows.count : 0)
      let perSample = losses ?? scratch.pointer
      switch evaluation {
      case .losses: try executor(.losses).losses(of: rows, at: w, into: perSample)
      case .gradients:
        let gradient = try require(result, "gradient").assumingMemoryBound(to: T.self)
        try executor(.gradients).gradient(of: rows, at: w, losses: perSample, into: gradient)
      case .outputs:
        let outputs = try require(result, "outputs").assumingMemoryBound(to: T.self)
        return try executor(.outputs).outputs(of: rows, at: w, into: outputs)
      }
      meanLoss?.pointee = mean(perSample, rows.count)
    }
    switch model.precision {
    case .float32: try run(Float.self)
    case .float64: try run(Double.self)
    }
  }
}
