import TensorCore
import TestSupport
import Testing

extension Evaluation where T == Double {
  var inFloat: Evaluation<Float> {
    Evaluation<Float>(
      program: program, samples: samples, floats: floats.map { $0.map { Float($0) } }, labels: labels,
      parameters: parameters.map { Float($0) })
  }

  /// Expects the outputs to be those given, in both precisions.
  func expectOutputs(
    _ expected: [Double], tolerance: Double = 1e-13, floatTolerance: Double = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    expectEqual(try outputs(), expected, tolerance, sourceLocation)
    expectEqual(try inFloat.outputs().map { Double($0) }, expected, floatTolerance, sourceLocation)
  }

  /// Expects the gradient to be that of finite differences, the same up to rounding in Float, and the same in
  /// microbatches and on gathered rows.
  func expectGradient(
    tolerance: Double = 1e-9, floatTolerance: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (losses, gradient) = try run()
    #expect(gradient.contains { $0 != 0 }, sourceLocation: sourceLocation)
    // Truncation h⁴ ≈ 1e-12 times a fifth derivative, rounding 1e-16/h ≈ 1e-13.
    expectEqual(gradient, try finiteDifferenceGradient(step: 1e-3), tolerance, sourceLocation)
    expectEqual(try inFloat.run().gradient.map { Double($0) }, gradient, floatTolerance, sourceLocation)
    for batchSize in [1, 2] {
      let parts = try run(batchSize: batchSize)
      expectEqual(parts.losses, losses, 1e-13, sourceLocation)
      expectEqual(parts.gradient, gradient, 1e-12, sourceLocation)
    }
    let gathered = try run(rows: (0..<UInt32(samples)).reversed())
    expectEqual(gathered.losses.reversed(), losses, 1e-13, sourceLocation)
    expectEqual(gathered.gradient, gradient, 1e-12, sourceLocation)
    for size in [2, 3] {
      let together = try withTeam(of: size) { try run(team: $0) }
      #expect(together.losses == losses, sourceLocation: sourceLocation)
      #expect(together.gradient == gradient, sourceLocation: sourceLocation)
    }
  }

  private func expectEqual(
    _ actual: [Double], _ expected: [Double], _ tolerance: Double, _ sourceLocation: SourceLocation
  ) {
    #expect(actual.count == expected.count, sourceLocation: sourceLocation)
    for (i, (a, e)) in zip(actual, expected).enumerated() where !(abs(a - e) <= tolerance * max(1, abs(e))) {
      Issue.record("[\(i)]: \(a), expected \(e) within \(tolerance)", sourceLocation: sourceLocation)
      return
    }
  }
}

extension Evaluation {
  /// How often memory is allocated by ten gradients, after a first one that may make type metadata.
  func allocationsOfTenGradients() throws -> Int {
    var losses = [Double](repeating: 0, count: samples)
    var gradient = [T](repeating: 0, count: program.parameters.count)
    return try withDataset { dataset in
      let executor = try Executor<T>(
        program: program, dataset: dataset, batchSize: samples, purpose: .gradients)
      func evaluate() {
        executor.gradient(
          of: .range(start: 0, count: samples), at: parameters, losses: &losses, into: &gradient)
      }
      evaluate()
      let before = test_allocation_count()
      for _ in 0..<10 { evaluate() }
      return Int(test_allocation_count() - before)
    }
  }
}

/// What `body` is refused with.
func refusal(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch { return "\(error)" }
}

#if DEBUG
  /// Unoptimised code puts closures and generic values on the heap.
  let isOptimisedBuild = false
#else
  let isOptimisedBuild = true
#endif
