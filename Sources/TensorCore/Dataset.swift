/// Samples: one borrowed, C-contiguous array per input of the program, in the order of the inputs. Floats
/// of the program's precision, or 64-bit labels. The arrays are never written, and their owner keeps them.
public struct Dataset: @unchecked Sendable {
  public let sampleCount: Int
  let arrays: [UnsafeRawPointer?]

  /// The most samples a data set may have: minibatches hold 32-bit row numbers.
  static let sampleLimit = Int(UInt32.max)

  /// Checks every label against the number of classes, so that no kernel can be led astray.
  public init(program: Program, sampleCount: Int, arrays: [UnsafeRawPointer?]) throws(InvalidArgument) {
    guard sampleCount > 0, sampleCount <= Dataset.sampleLimit else {
      throw InvalidArgument("samples is \(sampleCount); it must be in 1 ... \(Dataset.sampleLimit)")
    }
    guard arrays.count == program.graph.inputCount else {
      throw InvalidArgument(
        "the model has \(program.graph.inputCount) inputs, but \(arrays.count) arrays were given")
    }
    // 2³² samples of 2³¹ elements are more bytes than an Int counts.
    for node in program.graph.nodes {
      guard case .input = node.content else { continue }
      let (elements, overflow) = node.shape.count.multipliedReportingOverflow(by: sampleCount)
      guard !overflow, elements <= Memory<Double>.countLimit else {
        throw InvalidArgument(
          "samples is \(sampleCount); so many of shape \(node.shape) do not fit in memory")
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
    guard case .input(let position) = graph.nodes[node].content,
      let values = arrays[position]?.assumingMemoryBound(to: Int64.self)
    else { return }
    let size = graph.nodes[node].shape.count
    for i in 0..<sampleCount * size
    where (values[i] < 0 || values[i] >= limit.count) && values[i] != limit.ignored {
      let place = size == 1 ? "" : " at position \(i % size)"
      throw InvalidArgument(
        "the \(limit.names.one) of sample \(i / size)\(place) is \(values[i]); with \(limit.count) \(limit.names.all) it must be in 0 ... \(limit.count - 1)"
      )
    }
  }

  /// Throws unless every array that `steps` read was given.
  func require(_ steps: [Program.Step]) throws(InvalidArgument) {
    for step in steps {
      if case .input(let position) = step.content, arrays[position] == nil {
        throw InvalidArgument("the array of input \(position) is missing, and this computation needs it")
      }
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
