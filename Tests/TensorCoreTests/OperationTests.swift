import Glibc
import TensorCore
import Testing

/// Every operation against a naive evaluation in Double, and its gradient against finite differences.
/// One case serves value and gradient, in both precisions, with odd sizes.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  let inputShape: [Int]
  /// Adds the operation under test after the input `x`, and returns its node.
  let build: @Sendable (inout Graph, Int) throws -> Int
  /// The same by hand: one sample's input, and the parameters, to one sample's output.
  let reference: @Sendable ([Double], [Double]) -> [Double]
  var testDescription: String { name }

  func evaluation<T: Scalar>(_: T.Type, samples: Int) throws -> Evaluation<T> {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape(inputShape))
    let y = try build(&graph, x)
    let target = graph.addInput(shape: graph.nodes[y].shape)
    let loss = try graph.addMeanSquaredError(prediction: y, target: target)
    let program = try Program(graph: graph, loss: loss, output: y)
    var numbers = Numbers(seed: 7)
    return Evaluation(
      program: program, samples: samples,
      floats: [
        numbers.array(samples * graph.nodes[x].shape.count, scale: 2),
        numbers.array(samples * graph.nodes[y].shape.count),
      ], parameters: numbers.array(program.parameters.count))
  }
}

/// y = x Wᵀ + b for row-major W of `outputs` rows.
private func affine(_ x: [Double], _ w: ArraySlice<Double>, _ b: ArraySlice<Double>?, outputs: Int)
  -> [Double]
{
  var y = b.map { Array($0) } ?? Array(repeating: 0, count: outputs)
  for o in 0..<outputs {
    for i in x.indices { y[o] += x[i] * w[w.startIndex + o * x.count + i] }
  }
  return y
}

private func activationCase(
  _ name: String, _ activation: Activation, _ f: @escaping @Sendable (Double) -> Double
) -> OperationCase {
  // A linear layer in front, so that there is a parameter for the gradient to reach.
  OperationCase(name: name, inputShape: [3]) { graph, x in
    let w = try graph.addParameter(name: "w", shape: Shape([5, 3]))
    return try graph.addActivation(activation, input: graph.addLinear(input: x, weight: w, bias: nil))
  } reference: { x, p in
    affine(x, p[...], nil, outputs: 5).map(f)
  }
}

private let cases: [OperationCase] = [
  OperationCase(name: "linear", inputShape: [5]) { graph, x in
    try graph.addLinear(input: x, weight: graph.addParameter(name: "w", shape: Shape([3, 5])), bias: nil)
  } reference: { x, p in
    affine(x, p[...], nil, outputs: 3)
  },
  OperationCase(name: "linear with bias", inputShape: [7]) { graph, x in
    let w = try graph.addParameter(name: "w", shape: Shape([4, 7]))
    return try graph.addLinear(input: x, weight: w, bias: graph.addParameter(name: "b", shape: Shape([4])))
  } reference: { x, p in
    affine(x, p[..<28], p[28...], outputs: 4)
  },
  OperationCase(name: "linear over the last axis", inputShape: [2, 3]) { graph, x in
    let w = try graph.addParameter(name: "w", shape: Shape([4, 3]))
    return try graph.addLinear(input: x, weight: w, bias: graph.addParameter(name: "b", shape: Shape([4])))
  } reference: { x, p in
    affine(Array(x[..<3]), p[..<12], p[12...], outputs: 4)
      + affine(Array(x[3...]), p[..<12], p[12...], outputs: 4)
  },
  OperationCase(name: "two layers that share one weight", inputShape: [3]) { graph, x in
    let w = try graph.addParameter(name: "w", shape: Shape([3, 3]))
    let y = try graph.addLinear(input: x, weight: w, bias: nil)
    return try graph.addLinear(input: graph.addActivation(.tanh, input: y), weight: w, bias: nil)
  } reference: { x, p in
    affine(affine(x, p[...], nil, outputs: 3).map { tanh($0) }, p[...], nil, outputs: 3)
  },
  activationCase("relu", .relu) { max($0, 0) },
  activationCase("tanh", .tanh) { tanh($0) },
  activationCase("gelu", .gelu) { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) },
  activationCase("gelu by tanh", .geluTanh) {
    $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
  },
  activationCase("silu", .silu) { $0 / (1 + exp(-$0)) },
  activationCase("sigmoid", .sigmoid) { 1 / (1 + exp(-$0)) },
  activationCase("softplus", .softplus) { log(1 + exp($0)) },
  activationCase("leaky relu", .leakyReLU(negativeSlope: 0.3)) { $0 > 0 ? $0 : 0.3 * $0 },
  activationCase("elu", .elu(alpha: 0.7)) { $0 > 0 ? $0 : 0.7 * (exp($0) - 1) },
]

@Suite struct OperationTests {
  @Test(arguments: cases) func `equals its naive evaluation`(_ operation: OperationCase) throws {
    try check(operation, Float.self, tolerance: 1e-5)
    try check(operation, Double.self, tolerance: 1e-13)
  }

  private func check<T: Scalar>(_ operation: OperationCase, _: T.Type, tolerance: Double) throws {
    let evaluation = try operation.evaluation(T.self, samples: 9)
    let outputs = try evaluation.outputs()
    let losses = try evaluation.run().losses
    let inputSize = evaluation.floats[0].count / 9
    let outputSize = outputs.count / 9
    for row in 0..<9 {
      let x = evaluation.floats[0][row * inputSize..<(row + 1) * inputSize].map(Double.init)
      let expected = operation.reference(x, evaluation.parameters.map(Double.init))
      var loss = 0.0
      for (column, value) in expected.enumerated() {
        // Inputs and weights are of order one: sums of a few products, each rounded once.
        #expect(abs(Double(outputs[row * outputSize + column]) - value) <= tolerance * max(1, abs(value)))
        let error = value - Double(evaluation.floats[1][row * outputSize + column])
        loss += error * error / Double(expected.count)
      }
      #expect(abs(losses[row] - loss) <= 4 * tolerance * max(1, loss))
    }
  }

  @Test(arguments: cases) func `gradient equals fourth-order finite differences`(_ operation: OperationCase)
    throws
  {
    let evaluation = try operation.evaluation(Double.self, samples: 5)
    let gradient = try evaluation.run().gradient
    let expected = try evaluation.finiteDifferenceGradient(step: 1e-3)
    for (computed, reference) in zip(gradient, expected) {
      // Truncation h⁴ ≈ 1e-12 times a fifth derivative of order 10, rounding 1e-16/h ≈ 1e-13.
      #expect(abs(computed - reference) <= 1e-9 * max(1, abs(reference)))
    }
  }

  @Test func `cross-entropy equals log-sum-exp minus the label's logit, with its gradient`() throws {
    let (samples, classes) = (6, 5)
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([3]))
    let w = try graph.addParameter(name: "w", shape: Shape([classes, 3]))
    let logits = try graph.addLinear(input: x, weight: w, bias: nil)
    let label = graph.addInput(role: .label, shape: .scalar)
    let loss = try graph.addCrossEntropy(logits: logits, label: label)
    let program = try Program(graph: graph, loss: loss, output: logits)
    var numbers = Numbers(seed: 3)
    let evaluation = Evaluation<Double>(
      program: program, samples: samples, floats: [numbers.array(samples * 3)], labels: [0, 4, 2, 1, 3, 0],
      parameters: numbers.array(classes * 3))
    let logitValues = try evaluation.outputs()
    let (losses, gradient) = try evaluation.run()
    for row in 0..<samples {
      let scores = logitValues[row * classes..<(row + 1) * classes]
      let expected =
        log(scores.map { exp($0) }.reduce(0, +)) - scores[row * classes + Int(evaluation.labels[row])]
      #expect(abs(losses[row] - expected) < 1e-14)
    }
    for (computed, reference) in zip(gradient, try evaluation.finiteDifferenceGradient(step: 1e-3)) {
      #expect(abs(computed - reference) < 1e-10)
    }
  }

  @Test func `both sides of a squared error may depend on parameters`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([2]))
    let a = try graph.addLinear(
      input: x, weight: graph.addParameter(name: "a", shape: Shape([3, 2])), bias: nil)
    let b = try graph.addLinear(
      input: x, weight: graph.addParameter(name: "b", shape: Shape([3, 2])), bias: nil)
    let loss = try graph.addMeanSquaredError(prediction: a, target: b)
    let program = try Program(graph: graph, loss: loss, output: nil)
    var numbers = Numbers(seed: 5)
    let evaluation = Evaluation<Double>(
      program: program, samples: 4, floats: [numbers.array(8)], parameters: numbers.array(12))
    for (computed, reference) in zip(
      try evaluation.run().gradient, try evaluation.finiteDifferenceGradient(step: 1e-3))
    {
      #expect(abs(computed - reference) < 1e-10)
    }
  }
}
