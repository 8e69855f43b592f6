import TensorCore
import TestSupport
import Testing

/// Convolutions, pooling and normalization in one network.
@Suite struct ImageNetworkTests {
  private func network(samples: Int) throws -> Evaluation<Double> {
    var graph = Graph()
    func parameter(_ name: String, _ shape: [Int]) throws -> Int {
      try graph.addParameter(name: name, shape: Shape(shape))
    }
    let x = graph.addInput(shape: try Shape([2, 9, 8]))
    var y = try graph.addConvolution(
      input: x, weight: parameter("conv.weight", [4, 2, 3, 3]), bias: parameter("conv.bias", [4]),
      padding: (1, 1))
    y = try graph.addChannelAffine(
      input: y, scale: parameter("norm.scale", [4]), shift: parameter("norm.shift", [4]))
    y = try graph.addMaxPool(
      input: graph.addActivation(.gelu, input: y), kernel: (2, 2), stride: (2, 2))
    y = try graph.addConvolution(
      input: y, weight: parameter("groups.weight", [6, 2, 2, 3]), bias: nil, padding: (0, 1), groups: 2)
    y = try graph.addNormalization(
      input: y, axisCount: 3, centred: true, epsilon: 1e-5, weight: parameter("layer.weight", [6, 3, 4]),
      bias: parameter("layer.bias", [6, 3, 4]))
    y = try graph.addConvolution(input: y, weight: parameter("point.weight", [5, 6, 1, 1]), bias: nil)
    y = try graph.addAveragePool(input: y, kernel: (3, 4), stride: (1, 1))
    y = try graph.addReshape(input: y, shape: Shape([5]))
    y = try graph.addNormalization(
      input: y, axisCount: 1, centred: false, epsilon: 0.1, weight: parameter("root.weight", [5]))
    y = try graph.addLinear(input: y, weight: parameter("linear.weight", [3, 5]), bias: nil)
    let loss = try graph.addMeanSquaredError(
      prediction: y, target: graph.addInput(shape: Shape([3])))
    let program = try Program(graph: graph, loss: loss, output: y)
    var numbers = Numbers(seed: 53)
    return Evaluation(
      program: program, samples: samples,
      floats: [numbers.array(samples * 144, scale: 2), numbers.array(samples * 3)],
      parameters: numbers.array(program.parameters.count))
  }

  @Test func `its gradient is that of finite differences, in both precisions`() throws {
    let evaluation = try network(samples: 4)
    let gradient = try evaluation.run().gradient
    let float = try evaluation.inFloat.run().gradient
    // Steps so small that no other element becomes the largest of a window; rounding is then 1e-16 / 1e-5.
    let expected = try evaluation.finiteDifferenceGradient(step: 1e-5)
    for (i, reference) in expected.enumerated() {
      #expect(abs(gradient[i] - reference) <= 1e-9 * max(1, abs(reference)))
      #expect(abs(Double(float[i]) - gradient[i]) <= 1e-5 * max(1, abs(reference)))
    }
  }

  @Test func `a batch larger than a microbatch has the mean gradient of its parts`() throws {
    let evaluation = try network(samples: 2500)
    let (losses, gradient) = try evaluation.run()
    let (small, smallGradient) = try evaluation.run(batchSize: 19)
    for (a, b) in zip(losses, small) { #expect(abs(a - b) < 1e-12 * max(1, b)) }
    for (a, b) in zip(gradient, smallGradient) { #expect(abs(a - b) < 1e-11 * max(1, abs(b))) }
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated by its evaluations`() throws {
    let evaluation = try network(samples: 1100)
    #expect(try evaluation.allocationsOfTenGradients() == 0)
    #expect(try evaluation.inFloat.allocationsOfTenGradients() == 0)
  }
}
