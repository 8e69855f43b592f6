import TensorCore
import TestSupport
import Testing

private struct NormalizationCase: Sendable, CustomTestStringConvertible {
  let name: String
  var input: [Int]
  var axisCount: Int
  var centred = true
  var epsilon = 1e-5
  var hasWeight = false
  var hasBias = false
  /// Whether the input is a parameter; else it is one sample's times a parameter, so that a gradient flows to it.
  var isShared = false
  var samples = 3
  var testDescription: String { "\(centred ? "layer norm" : "RMS norm"): \(name)" }

  private var size: Int { input.reduce(1, *) }
  private var columns: Int { input.suffix(axisCount).reduce(1, *) }

  func evaluation() throws -> Evaluation<Double> {
    var graph = Graph()
    let shape = try Shape(input)
    let axes = try Shape(input.suffix(axisCount))
    let p = try graph.addParameter(name: "p", shape: shape)
    // In front of the input, so that positions are not taken for granted.
    let b = hasBias ? try graph.addParameter(name: "b", shape: axes) : nil
    let w = hasWeight ? try graph.addParameter(name: "w", shape: axes) : nil
    let x = isShared ? p : try graph.addArithmetic(.multiply, graph.addInput(shape: shape), p)
    var y = try graph.addNormalization(
      input: x, axisCount: axisCount, centred: centred, epsilon: epsilon, weight: w, bias: b)
    #expect(graph.nodes[y].shape == shape)
    #expect((graph.nodes[y].role == .shared) == isShared)
    // A loss is of samples.
    if isShared { y = try graph.addArithmetic(.multiply, graph.addInput(shape: shape), y) }
    let target = graph.addInput(shape: shape)
    let loss = try graph.addMeanSquaredError(prediction: y, target: target)
    var numbers = Numbers(seed: 41)
    return Evaluation(
      program: try Program(graph: graph, loss: loss, output: y), samples: samples,
      floats: [numbers.array(samples * size, scale: 2), numbers.array(samples * size)],
      parameters: numbers.array(size + (hasBias ? columns : 0) + (hasWeight ? columns : 0), scale: 2))
  }

  /// By the definition.
  func expected(_ evaluation: Evaluation<Double>) -> [Double] {
    let vectors = Array(evaluation.parameters[size...])
    return (0..<samples).flatMap { sample in
      let values = evaluation.floats[0].dropFirst(sample * size)
      let x = isShared ? Array(evaluation.parameters.prefix(size)) : zip(values, evaluation.parameters).map(*)
      var y: [Double] = []
      for row in stride(from: 0, to: size, by: columns) {
        let elements = x[row..<row + columns]
        let mean = centred ? elements.reduce(0, +) / Double(columns) : 0
        let variance = elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
        for (c, element) in elements.enumerated() {
          let weight = hasWeight ? vectors[c + (hasBias ? columns : 0)] : 1
          y.append((element - mean) / (variance + epsilon).squareRoot() * weight + (hasBias ? vectors[c] : 0))
        }
      }
      return isShared ? zip(y, values).map(*) : y
    }
  }
}

private let cases: [NormalizationCase] = [true, false].flatMap { centred in
  [
    NormalizationCase(name: "a vector", input: [7], axisCount: 1, centred: centred),
    NormalizationCase(name: "a long vector", input: [131], axisCount: 1, centred: centred, hasWeight: true),
    NormalizationCase(
      name: "one element", input: [3, 1], axisCount: 1, centred: centred, epsilon: 0.7, hasBias: true),
    NormalizationCase(
      name: "rows", input: [3, 2, 17], axisCount: 1, centred: centred, hasWeight: true, hasBias: true),
    NormalizationCase(
      name: "rows of two axes", input: [2, 4, 5], axisCount: 2, centred: centred, hasWeight: true),
    NormalizationCase(name: "all axes", input: [2, 3, 5], axisCount: 3, centred: centred, hasBias: true),
    NormalizationCase(
      name: "no epsilon", input: [2, 19], axisCount: 1, centred: centred, epsilon: 0, hasWeight: true,
      hasBias: true),
    NormalizationCase(
      name: "a large epsilon", input: [5, 6], axisCount: 1, centred: centred, epsilon: 3, hasWeight: true,
      hasBias: true),
    NormalizationCase(
      name: "a shared input", input: [2, 9], axisCount: 1, centred: centred, epsilon: 0.1, hasWeight: true,
      hasBias: true, isShared: true),
  ]
}

@Suite struct NormalizationTests {
  @Test(arguments: cases) fileprivate func `equals its definition`(_ normalization: NormalizationCase) throws
  {
    let evaluation = try normalization.evaluation()
    try evaluation.expectOutputs(normalization.expected(evaluation))
  }

  @Test(arguments: cases) fileprivate func `gradients of input, weight and bias`(
    _ normalization: NormalizationCase
  ) throws {
    try normalization.evaluation().expectGradient()
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for normalization in cases {
      #expect(try normalization.evaluation().inFloat.allocationsOfTenGradients() == 0)
    }
  }

  @Test func `what does not fit is named`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([2, 3, 4]))
    let scalar = graph.addInput(shape: .scalar)
    let label = graph.addInput(role: .label, shape: try Shape([4]))
    let w = try graph.addParameter(name: "w", shape: Shape([4]))
    let own = graph.addInput(shape: try Shape([4]))
    func message(_ input: Int, _ axisCount: Int, epsilon: Double = 1, weight: Int? = nil, bias: Int? = nil)
      -> String
    {
      refusal {
        _ = try graph.addNormalization(
          input: input, axisCount: axisCount, centred: true, epsilon: epsilon, weight: weight, bias: bias)
      }
    }
    for count in [0, -1, 4, .max, .min] {
      #expect(
        message(x, count) == "axis_count is \(count); for an input of shape (2, 3, 4) it must be in 1 ... 3")
    }
    for epsilon in [-1e-9, .nan, .infinity] {
      #expect(
        message(x, 1, epsilon: epsilon) == "epsilon is \(epsilon); it must be finite, and not negative")
    }
    #expect(message(scalar, 1) == "the input has shape (); a normalization needs an axis")
    #expect(message(label, 1).hasPrefix("input is node 2, a value of integers per sample; it must be"))
    #expect(
      message(x, 2, weight: w)
        == "weight \"w\" has shape (4,); a normalization over the last 2 axes of shape (2, 3, 4) needs (3, 4)"
    )
    #expect(message(x, 3, bias: w).hasPrefix("bias \"w\" has shape (4,); a normalization over the last 3"))
    #expect(
      message(x, 1, weight: own).hasPrefix("weight is node 4, a value of floats per sample; it must be"))
    #expect(message(x, 1, bias: .max).contains("bias is node \(Int.max), but the graph has nodes 0 ..< 5"))
    #expect(message(.min, 1).contains("the graph has nodes 0 ..< 5"))
    #expect(message(x, 1, weight: w, bias: w) == "no error")
  }
}

@Suite struct ChannelAffineTests {
  static let shapes = [[1], [5], [3, 7], [2, 4, 9], [130, 2], [4, 1, 1]]

  private func evaluation(_ input: [Int], isShared: Bool) throws -> Evaluation<Double> {
    var graph = Graph()
    let shape = try Shape(input)
    let p = try graph.addParameter(name: "p", shape: shape)
    let scale = try graph.addParameter(name: "scale", shape: Shape([input[0]]))
    let shift = try graph.addParameter(name: "shift", shape: Shape([input[0]]))
    let factor = graph.addInput(shape: shape)
    var y = isShared ? p : try graph.addArithmetic(.multiply, factor, p)
    y = try graph.addChannelAffine(input: y, scale: scale, shift: shift)
    #expect((graph.nodes[y].role == .shared) == isShared)
    if isShared { y = try graph.addArithmetic(.multiply, factor, y) }
    let target = graph.addInput(shape: shape)
    let loss = try graph.addMeanSquaredError(prediction: y, target: target)
    var numbers = Numbers(seed: 43)
    return Evaluation(
      program: try Program(graph: graph, loss: loss, output: y), samples: 3,
      floats: [numbers.array(3 * shape.count, scale: 2), numbers.array(3 * shape.count)],
      parameters: numbers.array(shape.count + 2 * input[0]))
  }

  @Test(arguments: shapes, [false, true]) func `equals its definition, with its gradients`(
    _ input: [Int], isShared: Bool
  ) throws {
    let evaluation = try evaluation(input, isShared: isShared)
    let (size, channels) = (input.reduce(1, *), input[0])
    let p = evaluation.parameters
    try evaluation.expectOutputs(
      (0..<3 * size).map { i in
        let (factor, x) = (evaluation.floats[0][i], p[i % size])
        let c = i % size / (size / channels)
        let (scale, shift) = (p[size + c], p[size + channels + c])
        return isShared ? factor * (x * scale + shift) : factor * x * scale + shift
      })
    try evaluation.expectGradient()
    if isOptimisedBuild { #expect(try evaluation.inFloat.allocationsOfTenGradients() == 0) }
  }

  @Test func `what does not fit is named`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([2, 3]))
    let scalar = graph.addInput(shape: .scalar)
    let good = try graph.addParameter(name: "good", shape: Shape([2]))
    let bad = try graph.addParameter(name: "bad", shape: Shape([3]))
    func message(_ input: Int, _ scale: Int, _ shift: Int) -> String {
      refusal { _ = try graph.addChannelAffine(input: input, scale: scale, shift: shift) }
    }
    #expect(message(scalar, good, good) == "the input has shape (); it needs an axis of channels")
    #expect(message(x, bad, good) == "scale \"bad\" has shape (3,); an input of shape (2, 3) needs (2,)")
    #expect(message(x, good, bad) == "shift \"bad\" has shape (3,); an input of shape (2, 3) needs (2,)")
    #expect(message(x, x, good).hasPrefix("scale is node 0, a value of floats per sample; it must be"))
    #expect(message(x, good, -1).contains("shift is node -1, but the graph has nodes 0 ..< 4"))
  }
}
