import TensorCore
import Testing

/// What a mistake in a graph is answered with.
@Suite struct GraphTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func `a weight that does not fit names both shapes`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([4]))
    let w = try graph.addParameter(name: "first.weight", shape: Shape([3, 5]))
    let text = message { _ = try graph.addLinear(input: x, weight: w, bias: nil) }
    #expect(text.contains("\"first.weight\" of shape (3, 5) takes 5 inputs, but the input has shape (4,)"))
  }

  @Test func `a bias that does not fit names both shapes`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([4]))
    let w = try graph.addParameter(name: "w", shape: Shape([3, 4]))
    let b = try graph.addParameter(name: "b", shape: Shape([4]))
    #expect(message { _ = try graph.addLinear(input: x, weight: w, bias: b) }.contains("needs (3,)"))
  }

  @Test func `a node of the wrong kind, or of no graph, is named`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([4]))
    #expect(
      message { _ = try graph.addLinear(input: x, weight: x, bias: nil) }.contains(
        "it must be a value shared by all samples"))
    #expect(message { _ = try graph.addActivation(.relu, input: 17) }.contains("nodes 0 ..< 1"))
    #expect(message { _ = try graph.addActivation(.relu, input: -1) }.contains("nodes 0 ..< 1"))
    #expect(message { _ = try Program(graph: graph, loss: x, output: nil) }.contains("must be a loss"))
  }

  @Test func `the parameter of an activation is finite`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([4]))
    for value in [Double.nan, .infinity, -.infinity] {
      #expect(
        message { _ = try graph.addActivation(.leakyReLU(negativeSlope: value), input: x) }
          == "negative_slope is \(value); it must be finite")
      #expect(
        message { _ = try graph.addActivation(.elu(alpha: value), input: x) }
          == "alpha is \(value); it must be finite")
    }
  }

  @Test func `shapes are positive and below 2^31 elements`() {
    #expect(message { _ = try Shape([3, 0]) }.contains("extent of 0"))
    #expect(message { _ = try Shape([-1]) }.contains("extent of -1"))
    #expect(message { _ = try Shape([1 << 20, 1 << 20]) }.contains("more than 2147483647"))
    #expect(message { _ = try Shape([Int.max, Int.max]) }.contains("more than 2147483647"))
  }

  @Test func `losses want equal shapes, flat logits and one label`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([4]))
    let y = graph.addInput(shape: try Shape([3]))
    let matrix = graph.addInput(shape: try Shape([2, 2]))
    let labels = graph.addInput(role: .label, shape: try Shape([2]))
    #expect(
      message { _ = try graph.addMeanSquaredError(prediction: x, target: y) }.contains(
        "(4,) but the target (3,)"))
    let scalar = graph.addInput(shape: .scalar)
    #expect(
      message { _ = try graph.addCrossEntropy(logits: scalar, label: labels) }.contains(
        "needs (..., classes)"))
    #expect(
      message { _ = try graph.addCrossEntropy(logits: x, label: labels) }
        == "the label has shape (2,); for logits of shape (4,) cross-entropy needs one integer for each 4 of them, shape ()"
    )
    #expect(throws: Never.self) { try graph.addCrossEntropy(logits: matrix, label: labels) }
  }

  @Test func `a slice of one element may have any step`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([3, 4]))
    for step in [Int.min, 0, .max] {
      let part = try graph.addSlice(input: x, axis: 0, start: 1, step: step, count: 1)
      #expect(graph.nodes[part].shape.dimensions == [1, 4])
    }
    let text = message { _ = try graph.addSlice(input: x, axis: 0, start: 1, step: .max, count: 2) }
    #expect(text.contains("is not within axis 0"))
  }

  @Test func `a long chain of other shapes leads to its beginning at once`() throws {
    var graph = Graph()
    var x = graph.addInput(shape: try Shape([2]))
    for i in 0..<200_000 { x = try graph.addReshape(input: x, shape: Shape(i % 2 == 0 ? [2, 1] : [2])) }
    let w = try graph.addParameter(name: "w", shape: Shape([1, 2]))
    let loss = try graph.addLoss(of: graph.addLinear(input: x, weight: w, bias: nil))
    var evaluation = Evaluation<Double>(
      program: try Program(graph: graph, loss: loss, output: nil), samples: 1, floats: [[3, 5]],
      parameters: [1, 2])
    #expect(try evaluation.run().losses == [13])
    evaluation.parameters = [0, 1]
    #expect(try evaluation.run().gradient == [3, 5])
  }

  @Test func `two parameters of one name are refused`() throws {
    var graph = Graph()
    _ = try graph.addParameter(name: "w", shape: .scalar)
    #expect(message { _ = try graph.addParameter(name: "w", shape: .scalar) }.contains("\"w\" already"))
  }

  @Test func `a label outside the classes is named with its sample`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([2]))
    let w = try graph.addParameter(name: "w", shape: Shape([3, 2]))
    let logits = try graph.addLinear(input: x, weight: w, bias: nil)
    let label = graph.addInput(role: .label, shape: .scalar)
    let loss = try graph.addCrossEntropy(logits: logits, label: label)
    let program = try Program(graph: graph, loss: loss, output: nil)
    let features = [Float](repeating: 0, count: 4)
    for (labels, text) in [
      ([Int64(0), 3], "sample 1 is 3; with 3 classes it must be in 0 ... 2"), ([-1, 0], "sample 0 is -1"),
    ] {
      features.withUnsafeBytes { x in
        labels.withUnsafeBytes { y in
          let text2 = message {
            _ = try Dataset(
              program: program, sampleCount: 2,
              arrays: [SampleArray(x.baseAddress), SampleArray(y.baseAddress)])
          }
          #expect(text2.contains(text))
        }
      }
    }
  }
}
