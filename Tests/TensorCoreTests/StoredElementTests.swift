import KernelDispatch
import TensorCore
import TestSupport
import Testing

/// Data sets whose arrays are of other types than the model reads.
@Suite struct StoredElementTests {
  private static let (samples, width, classes) = (37, 5, 4)

  /// Logits are a linear function of the features and of an embedding of a token.
  private func program() throws -> Program {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([Self.width]))
    let token = graph.addInput(role: .label, shape: .scalar)
    let label = graph.addInput(role: .label, shape: .scalar)
    let weight = try graph.addParameter(name: "w", shape: Shape([Self.classes, Self.width]))
    let table = try graph.addParameter(name: "table", shape: Shape([Self.classes, Self.classes]))
    let logits = try graph.addArithmetic(
      .add, graph.addLinear(input: x, weight: weight, bias: nil),
      graph.addEmbedding(indices: token, table: table))
    let loss = try graph.addCrossEntropy(logits: logits, label: label)
    return try Program(graph: graph, loss: loss, output: logits)
  }

  private struct Result<T: Scalar>: Equatable {
    var losses: [Double]
    var gradient: [T]
  }

  /// Of these rows (nil: all, in their order), in microbatches of 8.
  private func evaluated<T: Scalar>(
    _ program: Program, _ arrays: [SampleArray], rows: [UInt32]?, _: T.Type
  ) throws -> Result<T> {
    let dataset = try Dataset(program: program, sampleCount: Self.samples, arrays: arrays)
    let executor = try Executor<T>(program: program, dataset: dataset, batchSize: 8, purpose: .gradients)
    var numbers = Numbers(seed: 5)
    let parameters: [T] = numbers.array(program.parameters.count)
    var result = Result<T>(
      losses: .init(repeating: 0, count: rows?.count ?? Self.samples),
      gradient: .init(repeating: 0, count: parameters.count))
    (rows ?? []).withUnsafeBufferPointer { indices in
      executor.gradient(
        of: indices.baseAddress.flatMap { rows == nil ? nil : .indices($0, count: indices.count) }
          ?? .range(start: 0, count: Self.samples),
        at: parameters, losses: &result.losses, into: &result.gradient)
    }
    return result
  }

  private func check<T: Scalar, I: FixedWidthInteger>(
    _: T.Type, _ element: StoredElement, _: I.Type
  ) throws {
    let program = try program()
    let features = (0..<Self.samples * Self.width).map { I(truncatingIfNeeded: $0 % 11) }
    let tokens = (0..<Self.samples).map { I(truncatingIfNeeded: $0 * 3 % Self.classes) }
    let labels = (0..<Self.samples).map { I(truncatingIfNeeded: $0 * 7 % Self.classes) }
    let (plainFeatures, plainTokens) = (features.map { T($0) }, tokens.map { Int64($0) })
    let plainLabels = labels.map { Int64($0) }
    for rows in [nil, [36, 0, 5, 5, 17, 8, 9, 10, 11, 12, 3]] as [[UInt32]?] {
      try features.withUnsafeBytes { x in
        try tokens.withUnsafeBytes { t in
          try labels.withUnsafeBytes { y in
            let native = [x, t, y].map { SampleArray($0.baseAddress, element: element) }
            let found = try evaluated(program, native, rows: rows, T.self)
            try plainFeatures.withUnsafeBytes { x in
              try plainTokens.withUnsafeBytes { t in
                try plainLabels.withUnsafeBytes { y in
                  let plain = [x, t, y].map { SampleArray($0.baseAddress) }
                  let expected = try evaluated(program, plain, rows: rows, T.self)
                  #expect(found == expected)
                }
              }
            }
          }
        }
      }
    }
  }

  @Test func `integers of every type give the bits of their conversion`() throws {
    func both<I: FixedWidthInteger>(_ element: StoredElement, _ type: I.Type) throws {
      try check(Float.self, element, type)
      try check(Double.self, element, type)
    }
    try both(.int8, Int8.self)
    try both(.int16, Int16.self)
    try both(.int32, Int32.self)
    try both(.int64, Int64.self)
    try both(.uint8, UInt8.self)
    try both(.uint16, UInt16.self)
    try both(.uint32, UInt32.self)
    try both(.uint64, UInt64.self)
  }

  @Test func `floats for integers, and integers out of range, are named`() throws {
    let program = try program()
    let features = [Float](repeating: 1, count: Self.samples * Self.width)
    var tokens = [UInt16](repeating: 0, count: Self.samples)
    tokens[9] = 4
    let message: (StoredElement) -> String? = { element in
      features.withUnsafeBytes { x -> String? in
        tokens.withUnsafeBytes { t -> String? in
          do {
            _ = try Dataset(
              program: program, sampleCount: Self.samples,
              arrays: [
                SampleArray(x.baseAddress), SampleArray(t.baseAddress, element: element), SampleArray(nil),
              ])
            return nil
          } catch { return (error as? InvalidArgument)?.message }
        }
      }
    }
    #expect(message(.float16)?.contains("elements[1] is float16") == true)
    #expect(message(.uint16)?.contains("the index of sample 9 is 4; with 4 rows") == true)
  }

  /// Of arrays that are not checked; also those that as other integers would be within the range.
  @Test(arguments: [Int64.min, -1, 4, 1 << 32, .max])
  func `an integer out of range makes its own loss NaN and nothing else`(wrong: Int64) throws {
    let program = try program()
    let features = [Float](repeating: 1, count: Self.samples * Self.width)
    let fine = [Int64](repeating: 1, count: Self.samples)
    var bad = fine
    bad[9] = wrong
    for (tokens, labels) in [(bad, fine), (fine, bad)] {
      try features.withUnsafeBytes { x in
        try tokens.withUnsafeBytes { t in
          try labels.withUnsafeBytes { y in
            let arrays = [x, t, y].map { SampleArray($0.baseAddress, isChecked: false) }
            let found = try evaluated(program, arrays, rows: nil, Float.self)
            #expect(found.losses.indices.filter { found.losses[$0].isNaN } == [9])
            let others = try evaluated(program, arrays, rows: [0, 1, 10, 36], Float.self)
            #expect(others.losses.allSatisfy(\.isFinite) && others.gradient.allSatisfy(\.isFinite))
          }
        }
      }
    }
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated by evaluations that convert`() throws {
    let program = try program()
    let features = [UInt8](repeating: 1, count: Self.samples * Self.width)
    let integers = [UInt16](repeating: 1, count: Self.samples)
    let rows: [UInt32] = (0..<37).reversed()
    try features.withUnsafeBytes { x in
      try integers.withUnsafeBytes { t in
        try rows.withUnsafeBufferPointer { indices in
          let dataset = try Dataset(
            program: program, sampleCount: Self.samples,
            arrays: [
              SampleArray(x.baseAddress, element: .uint8), SampleArray(t.baseAddress, element: .uint16),
              SampleArray(t.baseAddress, element: .uint16),
            ])
          let executor = try Executor<Float>(
            program: program, dataset: dataset, batchSize: 8, purpose: .gradients)
          let parameters = [Float](repeating: 0.1, count: program.parameters.count)
          var (gradient, losses) = (parameters, [Double](repeating: 0, count: Self.samples))
          for rows in [
            Rows.range(start: 0, count: 37), .indices(indices.baseAddress.unsafelyUnwrapped, count: 37),
          ] {
            executor.gradient(of: rows, at: parameters, losses: &losses, into: &gradient)
            let before = test_allocation_count()
            for _ in 0..<100 {
              executor.gradient(of: rows, at: parameters, losses: &losses, into: &gradient)
            }
            #expect(test_allocation_count() - before == 0)
          }
        }
      }
    }
  }
}
