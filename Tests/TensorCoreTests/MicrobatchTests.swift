import TensorCore
import TestSupport
import Testing

/// What the number of samples that are computed at once changes, and what it does not.
@Suite struct MicrobatchTests {
  private static let samples = 40

  /// Two convolutions with an activation between, of so many windows that every product is of one sample.
  private func convolutions() throws -> Evaluation<Double> {
    var graph = Graph()
    func parameter(_ name: String, _ dimensions: [Int]) throws -> Int {
      try graph.addParameter(name: name, shape: Shape(dimensions))
    }
    var y = try graph.addConvolution(
      input: graph.addInput(shape: Shape([2, 14, 14])), weight: parameter("0.weight", [5, 2, 3, 3]),
      bias: parameter("0.bias", [5]))
    y = try graph.addActivation(.tanh, input: y)
    y = try graph.addConvolution(
      input: y, weight: parameter("2.weight", [3, 5, 3, 3]), bias: parameter("2.bias", [3]), padding: (1, 1))
    let loss = try graph.addMeanSquaredError(
      prediction: y, target: graph.addInput(shape: Shape([3, 12, 12])))
    return try evaluation(graph, loss: loss, output: y, [2 * 14 * 14, 3 * 12 * 12])
  }

  /// Two linear layers, whose products are of a microbatch.
  private func layers(inputs: Int = 6, hidden: Int = 17) throws -> Evaluation<Double> {
    var graph = Graph()
    let loss = try addLayers(to: &graph, inputs: inputs, hidden: hidden)
    return try evaluation(graph, loss: loss, output: nil, [inputs, 3])
  }

  private func addLayers(to graph: inout Graph, inputs: Int, hidden: Int) throws -> Int {
    var y = try graph.addLinear(
      input: graph.addInput(shape: Shape([inputs])),
      weight: graph.addParameter(name: "0.weight", shape: Shape([hidden, inputs])), bias: nil)
    y = try graph.addActivation(.gelu, input: y)
    y = try graph.addLinear(
      input: y, weight: graph.addParameter(name: "2.weight", shape: Shape([3, hidden])), bias: nil)
    return try graph.addMeanSquaredError(prediction: y, target: graph.addInput(shape: Shape([3])))
  }

  private func evaluation(_ graph: Graph, loss: Int, output: Int?, _ sizes: [Int]) throws -> Evaluation<
    Double
  > {
    let program = try Program(graph: graph, loss: loss, output: output)
    var numbers = Numbers(seed: 3)
    return Evaluation(
      program: program, samples: Self.samples, floats: sizes.map { numbers.array(Self.samples * $0) },
      parameters: numbers.array(program.parameters.count))
  }

  @Test(arguments: [1, 7, 40]) func `losses are the same bits where no product is of several samples`(
    microbatch: Int
  ) throws {
    let evaluation = try convolutions()
    let (losses, gradient) = try evaluation.run()
    let parts = try evaluation.run(microbatch: microbatch)
    #expect(parts.losses == losses)
    for (a, b) in zip(parts.gradient, gradient) { #expect(abs(a - b) <= 1e-13 * max(1, abs(b))) }
    let float = evaluation.inFloat
    #expect(try float.run(microbatch: microbatch).losses == float.run().losses)
  }

  @Test(arguments: [1, 7, 40]) func `losses are the same bits, gradients up to the order of sums`(
    microbatch: Int
  ) throws {
    let evaluation = try layers()
    let (losses, gradient) = try evaluation.run()
    let parts = try evaluation.run(microbatch: microbatch)
    #expect(parts.losses == losses)
    for (a, b) in zip(parts.gradient, gradient) { #expect(abs(a - b) <= 1e-13 * max(1, abs(b))) }
    let float = evaluation.inFloat
    #expect(try float.run(microbatch: microbatch).losses == float.run().losses)
  }

  @Test(arguments: [100, 3000, 40_000, 10_000_000]) func `what is chosen fits the budget, and no more would`(
    hidden: Int
  ) throws {
    var graph = Graph()
    let loss = try addLayers(to: &graph, inputs: 5, hidden: hidden)
    let program = try Program(graph: graph, loss: loss, output: nil)
    let nothing = [Double](repeating: 0, count: 8)
    try nothing.withUnsafeBytes { nothing in
      // Arrays that are not read.
      let dataset = try Dataset(
        program: program, sampleCount: 5000,
        arrays: [SampleArray(nothing.baseAddress), SampleArray(nothing.baseAddress)])
      func executor(_ microbatch: Int?) throws -> Executor<Float> {
        try Executor(
          program: program, dataset: dataset, batchSize: 5000, microbatch: microbatch, purpose: .gradients)
      }
      let chosen = try executor(nil)
      #expect(chosen.capacity == 1 || chosen.arenaBytes <= Executor<Float>.arenaLimit)
      if chosen.capacity < Executor<Float>.rowLimit {
        let larger = try executor(chosen.capacity + 1)
        #expect(larger.capacity == chosen.capacity + 1)
        #expect(larger.arenaBytes > Executor<Float>.arenaLimit)
      }
      #expect(try executor(3).capacity == 3)
      #expect(try executor(.max).arenaBytes <= Executor<Float>.givenArenaLimit)
      #expect(try executor(.max).capacity <= Executor<Float>.rowLimit)
    }
  }
}
