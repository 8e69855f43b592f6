import Glibc
import TensorCore
import TestSupport
import Testing

@Suite struct ExecutorTests {
  /// A two-layer network with biases, on more samples than one microbatch holds.
  private func network<T: Scalar>(_: T.Type, samples: Int) throws -> Evaluation<T> {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([5]))
    let hidden = try graph.addLinear(
      input: x, weight: graph.addParameter(name: "0.weight", shape: Shape([7, 5])),
      bias: graph.addParameter(name: "0.bias", shape: Shape([7])))
    let output = try graph.addLinear(
      input: graph.addActivation(.gelu, input: hidden),
      weight: graph.addParameter(name: "2.weight", shape: Shape([3, 7])), bias: nil)
    let target = graph.addInput(shape: try Shape([3]))
    let loss = try graph.addMeanSquaredError(prediction: output, target: target)
    let program = try Program(graph: graph, loss: loss, output: output)
    var numbers = Numbers(seed: 11)
    return Evaluation(
      program: program, samples: samples, floats: [numbers.array(samples * 5), numbers.array(samples * 3)],
      parameters: numbers.array(program.parameters.count))
  }

  @Test func `a batch larger than the arena is computed in microbatches with the same result`() throws {
    let evaluation = try network(Double.self, samples: 3000)
    let (losses, gradient) = try evaluation.run()
    let (small, smallGradient) = try evaluation.run(batchSize: 17)
    for (a, b) in zip(losses, small) { #expect(abs(a - b) < 1e-14) }
    for (a, b) in zip(gradient, smallGradient) { #expect(abs(a - b) < 1e-13) }
  }

  @Test func `gathered rows give the losses of those rows, in their order`() throws {
    let evaluation = try network(Double.self, samples: 50)
    let all = try evaluation.run().losses
    let rows: [UInt32] = [49, 0, 7, 7, 31]
    let some = try evaluation.run(rows: rows).losses
    for (loss, row) in zip(some, rows) { #expect(abs(loss - all[Int(row)]) < 1e-14) }
  }

  /// Gathered inputs lie in the arena, among buffers that may take their place when they are no longer read.
  @Test(arguments: [(4, 6, 3), (20, 5, 2), (3, 40, 33), (1, 1, 2), (7, 3, 9)])
  func `gathered rows give the gradient of a data set that holds just them`(
    inputs: Int, hidden: Int, outputs: Int
  )
    throws
  {
    try checkGathered(Float.self, inputs, hidden, outputs, tolerance: 1e-5)
    try checkGathered(Double.self, inputs, hidden, outputs, tolerance: 1e-13)
  }

  private func checkGathered<T: Scalar>(
    _: T.Type, _ inputs: Int, _ hidden: Int, _ outputs: Int, tolerance: Double
  ) throws {
    for activation in [
      Activation.relu, .tanh, .gelu, .geluTanh, .silu, .sigmoid, .softplus, .leakyReLU(negativeSlope: 0.1),
      .elu(alpha: 1),
    ] {
      for classifies in [false, true] {
        var graph = Graph()
        let x = graph.addInput(shape: try Shape([inputs]))
        let first = try graph.addParameter(name: "0.weight", shape: Shape([hidden, inputs]))
        let bias = try graph.addParameter(name: "0.bias", shape: Shape([hidden]))
        let second = try graph.addParameter(name: "2.weight", shape: Shape([outputs, hidden]))
        let y = try graph.addActivation(
          activation, input: graph.addLinear(input: x, weight: first, bias: bias))
        let prediction = try graph.addLinear(input: y, weight: second, bias: nil)
        let target = graph.addInput(
          role: classifies ? .label : .sample, shape: try Shape(classifies ? [] : [outputs]))
        let loss =
          classifies
          ? try graph.addCrossEntropy(logits: prediction, label: target)
          : try graph.addMeanSquaredError(prediction: prediction, target: target)
        let program = try Program(graph: graph, loss: loss, output: nil)
        var numbers = Numbers(seed: 2)
        let samples = 60
        let features: [T] = numbers.array(samples * inputs)
        let targets: [T] = numbers.array(samples * outputs)
        let labels = (0..<samples).map { Int64($0 * 7 % outputs) }
        var all = Evaluation<T>(
          program: program, samples: samples, floats: classifies ? [features] : [features, targets],
          labels: classifies ? labels : [], parameters: numbers.array(program.parameters.count))
        let rows: [UInt32] = (0..<25).map { UInt32($0 * 13 % 60) }
        let gathered = try all.run(rows: rows, batchSize: 25)
        all.samples = rows.count
        all.floats = [rows.flatMap { features[Int($0) * inputs..<(Int($0) + 1) * inputs] }]
        if classifies {
          all.labels = rows.map { labels[Int($0)] }
        } else {
          all.floats.append(rows.flatMap { targets[Int($0) * outputs..<(Int($0) + 1) * outputs] })
        }
        let copied = try all.run()
        for (a, b) in zip(gathered.losses, copied.losses) {
          #expect(abs(a - b) <= tolerance * max(1, abs(b)))
        }
        for (a, b) in zip(gathered.gradient, copied.gradient) {
          #expect(abs(Double(a) - Double(b)) <= tolerance * max(1, abs(Double(b))))
        }
      }
    }
  }

  @Test func `float and double agree to the precision of float`() throws {
    let double = try network(Double.self, samples: 40)
    let float = Evaluation<Float>(
      program: double.program, samples: 40, floats: double.floats.map { $0.map { Float($0) } },
      parameters: double.parameters.map { Float($0) })
    let (a, b) = (try double.run(), try float.run())
    for (x, y) in zip(a.losses, b.losses) { #expect(abs(x - y) < 1e-5) }
    for (x, y) in zip(a.gradient, b.gradient) { #expect(abs(x - Double(y)) < 1e-5) }
  }

  @Test(.enabled(if: isOptimisedBuild, "unoptimised code puts closures and generic values on the heap"))
  func `nothing is allocated by a hundred evaluations`() throws {
    let evaluation = try network(Float.self, samples: 1500)
    let order: [UInt32] = (0..<1500).reversed()
    var losses = [Double](repeating: 0, count: 1500)
    var gradient = [Float](repeating: 0, count: evaluation.program.parameters.count)
    try evaluation.withDataset { dataset in
      try order.withUnsafeBufferPointer { order in
        let executor = try Executor<Float>(
          program: evaluation.program, dataset: dataset, batchSize: 1500, purpose: .gradients)
        for rows in [
          Rows.range(start: 0, count: 1500), .indices(order.baseAddress.unsafelyUnwrapped, count: 1500),
        ] {
          // The first call may make type metadata.
          executor.gradient(of: rows, at: evaluation.parameters, losses: &losses, into: &gradient)
          let before = test_allocation_count()
          for _ in 0..<100 {
            executor.gradient(of: rows, at: evaluation.parameters, losses: &losses, into: &gradient)
          }
          #expect(test_allocation_count() - before == 0)
        }
      }
    }
    // The counter counts: an array is at least one allocation.
    let before = test_allocation_count()
    let array = [Int](repeating: 0, count: Int(before % 7) + 1000)
    #expect(test_allocation_count() > before && array.count >= 1000)
  }

  @Test func `rows beyond 2^31 elements are read where they lie`() throws {
    let (samples, width) = (70_000, 40_000)
    let bytes = samples * width * MemoryLayout<Float>.stride
    // Address space of zeros, of which only the pages that are touched exist.
    let space = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    let memory = try #require(space == MAP_FAILED ? nil : space)
    defer { munmap(memory, bytes) }
    let features = memory.assumingMemoryBound(to: Float.self)
    (features + (samples - 1) * width).update(repeating: 0.5, count: width)

    var graph = Graph()
    let x = graph.addInput(shape: try Shape([width]))
    let weight = try graph.addParameter(name: "weight", shape: Shape([1, width]))
    let prediction = try graph.addLinear(input: x, weight: weight, bias: nil)
    let target = graph.addInput(shape: try Shape([1]))
    let loss = try graph.addMeanSquaredError(prediction: prediction, target: target)
    let program = try Program(graph: graph, loss: loss, output: nil)
    let targets = [Float](repeating: 1, count: samples)
    let parameters = [Float](repeating: 1 / 128, count: width)
    try targets.withUnsafeBytes { targets in
      let dataset = try Dataset(
        program: program, sampleCount: samples,
        arrays: [SampleArray(memory), SampleArray(targets.baseAddress)])
      let executor = try Executor<Float>(program: program, dataset: dataset, batchSize: 2, purpose: .losses)
      var losses = [0.0, 0.0]
      let rows: [UInt32] = [UInt32(samples - 1), 0]
      rows.withUnsafeBufferPointer {
        executor.losses(
          of: .indices($0.baseAddress.unsafelyUnwrapped, count: 2), at: parameters, into: &losses)
      }
      // 40 000 · ½ / 128 = 156.25 exactly.
      #expect(losses == [155.25 * 155.25, 1])
      executor.losses(of: .range(start: samples - 2, count: 2), at: parameters, into: &losses)
      #expect(losses == [1, 155.25 * 155.25])
    }
  }

  @Test func `a missing array is named when a computation needs it, and only then`() throws {
    let evaluation = try network(Float.self, samples: 4)
    var outputs = [Float](repeating: 0, count: 12)
    try evaluation.floats[0].withUnsafeBytes { x in
      let dataset = try Dataset(
        program: evaluation.program, sampleCount: 4, arrays: [SampleArray(x.baseAddress), SampleArray(nil)])
      let executor = try Executor<Float>(
        program: evaluation.program, dataset: dataset, batchSize: 4, purpose: .outputs)
      executor.outputs(of: .range(start: 0, count: 4), at: evaluation.parameters, into: &outputs)
      let error = #expect(throws: InvalidArgument.self) {
        try Executor<Float>(program: evaluation.program, dataset: dataset, batchSize: 4, purpose: .losses)
      }
      #expect(error?.message.contains("input 1 is missing") == true)
    }
    #expect(outputs.allSatisfy { $0 != 0 })
  }
}
