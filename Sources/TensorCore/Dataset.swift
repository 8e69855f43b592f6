import KernelDispatch

/// One array of a data set: all samples of one input, C-contiguous, and aligned for its elements.
public struct SampleArray {
  let base: UnsafeRawPointer?
  /// Nil: what the model reads, which is floats of its precision, or 64-bit integers.
  let element: StoredElement?
  /// Whether its integers are compared with what the model takes before anything is computed.
  let isChecked: Bool

  public init(_ base: UnsafeRawPointer?, element: StoredElement? = nil, isChecked: Bool = true) {
    (self.base, self.element, self.isChecked) = (base, element, isChecked)
  }
}

/// Samples: one borrowed array per input of the program, in the order of the inputs. The arrays are never written, and
/// their owner keeps them.
public struct Dataset: @unchecked Sendable {
  public let sampleCount: Int
  let arrays: [SampleArray]

  /// The most samples a data set may have: minibatches hold 32-bit row numbers.
  static let sampleLimit = Int(UInt32.max)

  /// Compares every integer with what the model takes, so that the first that is out of range is named. Those of arrays
  /// that are not checked make a loss NaN, and lead no kernel astray.
  public init(program: Program, sampleCount: Int, arrays: [SampleArray]) throws(InvalidArgument) {
    guard sampleCount > 0, sampleCount <= Dataset.sampleLimit else {
      throw InvalidArgument("samples is \(sampleCount); it must be in 1 ... \(Dataset.sampleLimit)")
    }
    guard arrays.count == program.graph.inputCount else {
      throw InvalidArgument(
        "the model has \(program.graph.inputCount) inputs, but \(arrays.count) arrays were given")
    }
    for node in program.graph.nodes {
      guard case .input(let position) = node.content else { continue }
      // 2³² samples of 2³¹ elements are more bytes than an Int counts.
      let (elements, overflow) = node.shape.count.multipliedReportingOverflow(by: sampleCount)
      guard !overflow, elements <= Memory<Double>.countLimit else {
        throw InvalidArgument(
          "samples is \(sampleCount); so many of shape \(node.shape) do not fit in memory")
      }
      if node.role == .label, let element = arrays[position].element, !element.isInteger {
        throw InvalidArgument(
          "elements[\(position)] is \(element); input \(position) of the model takes integers")
      }
    }
    self.sampleCount = sampleCount
    self.arrays = arrays
    for node in program.graph.nodes {
      guard case .computed(let operation) = node.content else { continue }
      for limit in operation.integerLimits {
        try check(limit, of: program.graph.owner(of: node.inputs[limit.input]), in: program.graph)
      }
    }
  }

  /// Throws unless every integer of the input `node` is within `limit`.
  private func check(_ limit: IntegerLimit, of node: Int, in graph: Graph) throws(InvalidArgument) {
    guard case .input(let position) = graph.nodes[node].content, arrays[position].isChecked else { return }
    let size = graph.nodes[node].shape.count
    guard let wrong = arrays[position].firstInteger(of: sampleCount * size, outside: limit) else { return }
    let place = size == 1 ? "" : " at position \(wrong.index % size)"
    throw InvalidArgument(
      "the \(limit.names.one) of sample \(wrong.index / size)\(place) is \(wrong.value); with \(limit.count) \(limit.names.all) it must be in 0 ... \(limit.count - 1)"
    )
  }

  /// Throws unless every array that `steps` read was given.
  func require(_ steps: [Program.Step]) throws(InvalidArgument) {
    for step in steps {
      if case .input(let position) = step.content, arrays[position].base == nil {
        throw InvalidArgument("the array of input \(position) is missing, and this computation needs it")
      }
    }
  }
}

extension SampleArray {
  /// Of so many integers, the first that is not within `limit`.
  fileprivate func firstInteger(of count: Int, outside limit: IntegerLimit) -> (index: Int, value: Int64)? {
    guard let base else { return nil }
    let element = element ?? .int64
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: 128) { buffer in
      let values = buffer.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: count, by: 128) {
        let width = min(128, count - start)
        floatKernels.convertIntegers(
          element, count: width, from: base + start * element.stride, to: values)
        for i in 0..<width
        where (values[i] < 0 || values[i] >= limit.count) && values[i] != limit.ignored {
          return (start + i, values[i])
        }
      }
      return nil
    }
  }
}

/// Some samples of a data set.
public enum Rows {
  case range(start: Int, count: Int)
  case indices(UnsafePointer<UInt32>, count: Int)

  public var count: Int {
    switch self {
    case .range(_, let count), .indices(_, let count): count
    }
  }

  /// `count` of these rows, from the given one on.
  func slice(from offset: Int, count: Int) -> Rows {
    switch self {
    case .range(let start, _): .range(start: start + offset, count: count)
    case .indices(let indices, _): .indices(indices + offset, count: count)
    }
  }
}
