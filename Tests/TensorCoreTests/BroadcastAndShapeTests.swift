import Glibc
import TensorCore
import Testing

/// Operations that broadcast, move elements and reduce axes, and values that all samples share.
@Suite struct BroadcastAndShapeTests {
  static let cases: [OperationCase] = [
    OperationCase(name: "arithmetic of a value and a row", inputShape: [2, 3]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([3]))
      return try graph.addArithmetic(.multiply, graph.addArithmetic(.add, x, w), w)
    } reference: { x, p in
      x.indices.map { (x[$0] + p[$0 % 3]) * p[$0 % 3] }
    },
    OperationCase(name: "arithmetic of a column and a row", inputShape: [2, 1]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([3]))
      let scaled = try graph.addActivation(.elementary(.exp), input: w)
      return try graph.addArithmetic(.divide, x, scaled)
    } reference: { x, p in
      (0..<6).map { x[$0 / 3] / exp(p[$0 % 3]) }
    },
    OperationCase(name: "a transposition and a slice backwards", inputShape: [2, 5]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([2, 5]))
      let sum = try graph.addArithmetic(.add, x, w)
      let turned = try graph.addPermute(input: sum, axes: [1, 0])
      return try graph.addSlice(input: turned, axis: 0, start: 4, step: -2, count: 3)
    } reference: { x, p in
      let elements: [Int] = [4, 9, 2, 7, 0, 5]
      return elements.map { x[$0] + p[$0] }
    },
    OperationCase(name: "a value joined to a shared one", inputShape: [2, 2]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([2, 1]))
      return try graph.addConcatenation([w, x, w], axis: 1)
    } reference: { x, p in
      [p[0], x[0], x[1], p[0], p[1], x[2], x[3], p[1]]
    },
    OperationCase(name: "a weight in another shape, repeated", inputShape: [2, 3]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([3]))
      let column = try graph.addReshape(input: w, shape: Shape([3, 1]))
      let matrix = try graph.addExpand(input: column, shape: Shape([3, 2]))
      return try graph.addArithmetic(.add, x, graph.addPermute(input: matrix, axes: [1, 0]))
    } reference: { x, p in
      x.indices.map { x[$0] + p[$0 % 3] }
    },
    OperationCase(name: "a mean over the first axis", inputShape: [3, 2]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([2]))
      let product = try graph.addArithmetic(.multiply, x, w)
      return try graph.addSum(input: product, axes: [0], scale: 1.0 / 3)
    } reference: { x, p in
      (0..<2).map { column in (0..<3).map { x[$0 * 2 + column] * p[column] }.reduce(0, +) / 3 }
    },
    OperationCase(name: "a softmax, and its largest element", inputShape: [2, 3]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: Shape([3]))
      let scores = try graph.addArithmetic(.multiply, x, w)
      return try graph.addMaximum(input: graph.addSoftmax(input: scores, logarithm: false))
    } reference: { x, p in
      (0..<2).map { row in
        let terms = (0..<3).map { exp(x[row * 3 + $0] * p[$0]) }
        return (terms.max() ?? 0) / terms.reduce(0, +)
      }
    },
    OperationCase(name: "a constant", inputShape: [2]) { graph, x in
      let w = try graph.addParameter(name: "w", shape: .scalar)
      let constant = try graph.addConstant([3, -4], shape: Shape([2]))
      return try graph.addArithmetic(.add, x, graph.addArithmetic(.multiply, constant, w))
    } reference: { x, p in
      [x[0] + 3 * p[0], x[1] - 4 * p[0]]
    },
  ]

  @Test(arguments: cases) func `values and gradients`(_ operation: OperationCase) throws {
    let evaluation = try operation.evaluation(Double.self, samples: 5)
    let (x, size) = (evaluation.floats[0], evaluation.floats[0].count / 5)
    try evaluation.expectOutputs(
      (0..<5).flatMap { row in
        operation.reference(Array(x[row * size..<(row + 1) * size]), evaluation.parameters)
      })
    try evaluation.expectGradient()
  }

  @Test(
    .enabled(if: isOptimisedBuild, "unoptimised code puts closures and generic values on the heap"),
    arguments: cases) func `nothing is allocated`(_ operation: OperationCase) throws
  {
    #expect(try operation.evaluation(Float.self, samples: 5).allocationsOfTenGradients() == 0)
  }

  @Test(arguments: [true, false]) func `the gradient of a bias is summed in Double`(biasFirst: Bool) throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([3, 1]))
    let b = try graph.addParameter(name: "b", shape: Shape([1]))
    let y = try graph.addArithmetic(.add, biasFirst ? b : x, biasFirst ? x : b)
    let loss = try graph.addLoss(of: graph.addSum(input: y, axes: [0, 1], scale: 1))
    let program = try Program(graph: graph, loss: loss, output: nil)
    let samples = 300_000
    let evaluation = Evaluation<Float>(
      program: program, samples: samples, floats: [Array(repeating: 0, count: 3 * samples)], parameters: [0])
    // 3 · 300 000 terms of 1/300 000: added one by one in Float they lose three digits.
    #expect(abs(try evaluation.run().gradient[0] - 3) < 1e-5)
  }

  @Test func `picked elements and their gradient`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([3]))
    let w = try graph.addParameter(name: "w", shape: Shape([4, 3]))
    let scores = try graph.addLinear(input: x, weight: w, bias: nil)
    let label = graph.addInput(role: .label, shape: .scalar)
    let logarithm = try graph.addSoftmax(input: scores, logarithm: true)
    let loss = try graph.addLoss(of: graph.addPick(input: logarithm, indices: label, ignored: -1))
    let program = try Program(graph: graph, loss: loss, output: logarithm)
    var numbers = Numbers(seed: 3)
    let evaluation = Evaluation<Double>(
      program: program, samples: 4, floats: [numbers.array(12)], labels: [2, -1, 0, 3],
      parameters: numbers.array(12))
    let outputs = try evaluation.outputs()
    #expect(try evaluation.run().losses == [outputs[2], 0, outputs[8], outputs[15]])
    try evaluation.expectGradient()
  }

  @Test func `mistakes are named`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([2, 3]))
    let label = graph.addInput(role: .label, shape: try Shape([2]))
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no error"
      } catch { return "\(error)" }
    }
    let row = try graph.addConstant([1, 2], shape: Shape([2]))
    #expect(
      message { _ = try graph.addArithmetic(.add, x, row) }
        == "shapes (2, 3) and (2,) do not broadcast: counted from the last, every two extents must be equal, or one of them 1"
    )
    #expect(
      message { _ = try graph.addArithmetic(.add, x, label) }.contains("b is node 1, a value of integers"))
    #expect(message { _ = try graph.addPermute(input: x, axes: [0, 0]) }.contains("axes is [0, 0]"))
    #expect(
      message { _ = try graph.addReshape(input: x, shape: Shape([4])) }
        == "the input has shape (2, 3), which has 6 elements; shape (4,) has 4")
    #expect(
      message { _ = try graph.addSlice(input: x, axis: 1, start: 2, step: 1, count: 2) }.contains(
        "is not within axis 1 of shape (2, 3)"))
    #expect(
      message { _ = try graph.addExpand(input: x, shape: Shape([3])) }
        == "an input of shape (2, 3) cannot be repeated to shape (3,)")
    #expect(message { _ = try graph.addConcatenation([x, row], axis: 0) }.contains("cannot be joined"))
    #expect(message { _ = try graph.addLoss(of: x) }.contains("one number per sample"))
    #expect(
      message { _ = try graph.addPick(input: x, indices: x) }.contains("must be a value of integers"))
    #expect(message { _ = try graph.addConstant([1], shape: Shape([2])) }.contains("has 2 elements, but 1"))
  }
}
