import TensorCore
import Testing

private struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var input: [Int]
  /// (O, C / groups, rows, columns)
  var weight: [Int]
  var hasBias = false
  var stride = (1, 1)
  var padding = (0, 0)
  var dilation = (1, 1)
  var groups = 1
  /// Whether the input is a parameter; else it is one sample's times a parameter, so that a gradient flows to it.
  var isShared = false
  var samples = 3

  init(_ name: String, input: [Int], weight: [Int], _ change: (inout ConvolutionCase) -> Void = { _ in }) {
    (testDescription, self.input, self.weight) = (name, input, weight)
    change(&self)
  }

  var result: [Int] {
    func extent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
      (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }
    return [
      weight[0], extent(input[1], weight[2], stride.0, padding.0, dilation.0),
      extent(input[2], weight[3], stride.1, padding.1, dilation.1),
    ]
  }

  func evaluation() throws -> Evaluation<Double> {
    var graph = Graph()
    let p = try graph.addParameter(name: "p", shape: Shape(input))
    let w = try graph.addParameter(name: "w", shape: Shape(weight))
    let b = hasBias ? try graph.addParameter(name: "b", shape: Shape([weight[0]])) : nil
    let x = isShared ? p : try graph.addArithmetic(.multiply, graph.addInput(shape: Shape(input)), p)
    var y = try graph.addConvolution(
      input: x, weight: w, bias: b, stride: stride, padding: padding, dilation: dilation, groups: groups)
    #expect(graph.nodes[y].shape.dimensions == result)
    #expect((graph.nodes[y].role == .shared) == isShared)
    // A loss is of samples.
    if isShared { y = try graph.addArithmetic(.multiply, graph.addInput(shape: Shape(result)), y) }
    let target = graph.addInput(shape: try Shape(result))
    let loss = try graph.addMeanSquaredError(prediction: y, target: target)
    let size = result.reduce(1, *)
    var numbers = Numbers(seed: 23)
    return Evaluation(
      program: try Program(graph: graph, loss: loss, output: y), samples: samples,
      floats: [
        numbers.array(samples * (isShared ? size : input.reduce(1, *)), scale: 2),
        numbers.array(samples * size),
      ],
      parameters: numbers.array(
        graph.nodes[p].shape.count + graph.nodes[w].shape.count + (b == nil ? 0 : weight[0])))
  }

  /// By the definition.
  func expected(_ evaluation: Evaluation<Double>) -> [Double] {
    let (inputSize, weightSize) = (input.reduce(1, *), weight.reduce(1, *))
    let p = evaluation.parameters.prefix(inputSize)
    let w = Array(evaluation.parameters[inputSize..<inputSize + weightSize])
    let b = Array(evaluation.parameters[(inputSize + weightSize)...])
    let size = result.reduce(1, *)
    return (0..<samples).flatMap { sample in
      let factor = evaluation.floats[0].dropFirst(sample * (isShared ? size : inputSize))
      let y = convolved(isShared ? Array(p) : zip(p, factor).map(*), w, b)
      return isShared ? zip(y, factor).map(*) : y
    }
  }

  private func convolved(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
    var y: [Double] = []
    for o in 0..<result[0] {
      let group = o / (result[0] / groups)
      for r in 0..<result[1] {
        for q in 0..<result[2] {
          var sum = hasBias ? b[o] : 0
          for c in 0..<weight[1] {
            for i in 0..<weight[2] {
              for j in 0..<weight[3] {
                let h = r * stride.0 + i * dilation.0 - padding.0
                let v = q * stride.1 + j * dilation.1 - padding.1
                guard (0..<input[1]).contains(h), (0..<input[2]).contains(v) else { continue }
                let channel = group * weight[1] + c
                sum +=
                  x[(channel * input[1] + h) * input[2] + v]
                  * w[((o * weight[1] + c) * weight[2] + i) * weight[3] + j]
              }
            }
          }
          y.append(sum)
        }
      }
    }
    return y
  }
}

private let cases: [ConvolutionCase] = [
  ConvolutionCase("one number", input: [1, 1, 1], weight: [1, 1, 1, 1]),
  ConvolutionCase("one channel", input: [1, 5, 7], weight: [1, 1, 3, 3]),
  ConvolutionCase("channels, bias", input: [3, 5, 4], weight: [2, 3, 3, 2]) { $0.hasBias = true },
  ConvolutionCase("padding", input: [2, 5, 3], weight: [3, 2, 3, 3]) { $0.padding = (1, 1) },
  ConvolutionCase("padding wider than the kernel", input: [1, 2, 3], weight: [2, 1, 2, 1]) {
    ($0.padding, $0.hasBias) = ((3, 4), true)
  },
  ConvolutionCase("stride", input: [2, 7, 8], weight: [3, 2, 3, 2]) { $0.stride = (2, 3) },
  ConvolutionCase("stride and padding", input: [2, 6, 7], weight: [3, 2, 3, 3]) {
    ($0.stride, $0.padding) = ((2, 2), (1, 2))
  },
  ConvolutionCase("stride beyond the input", input: [2, 4, 3], weight: [3, 2, 2, 2]) {
    $0.stride = (9, Int(Int32.max))
  },
  ConvolutionCase("dilation", input: [2, 7, 9], weight: [2, 2, 3, 3]) { $0.dilation = (2, 3) },
  ConvolutionCase("dilation, stride and padding", input: [1, 9, 8], weight: [2, 1, 3, 2]) {
    ($0.dilation, $0.stride, $0.padding) = ((2, 3), (2, 1), (2, 3))
  },
  ConvolutionCase("a kernel of the input's size", input: [2, 3, 5], weight: [6, 2, 3, 5]) {
    $0.hasBias = true
  },
  ConvolutionCase("a row", input: [2, 1, 11], weight: [3, 2, 1, 5]) { $0.padding = (0, 2) },
  ConvolutionCase("groups", input: [4, 5, 4], weight: [6, 2, 3, 3]) {
    ($0.groups, $0.padding, $0.hasBias) = (2, (1, 0), true)
  },
  ConvolutionCase("depthwise", input: [3, 5, 5], weight: [3, 1, 3, 3]) {
    ($0.groups, $0.padding) = (3, (1, 1))
  },
  ConvolutionCase("depthwise, two for each", input: [3, 4, 5], weight: [6, 1, 2, 3]) {
    ($0.groups, $0.hasBias) = (3, true)
  },
  ConvolutionCase("pointwise", input: [5, 3, 4], weight: [2, 5, 1, 1]) { $0.hasBias = true },
  ConvolutionCase("pointwise, many places", input: [2, 17, 17], weight: [3, 2, 1, 1]) { $0.hasBias = true },
  ConvolutionCase("pointwise in groups", input: [6, 3, 3], weight: [4, 3, 1, 1]) { $0.groups = 2 },
  ConvolutionCase("pointwise with stride", input: [2, 5, 4], weight: [3, 2, 1, 1]) { $0.stride = (2, 2) },
  ConvolutionCase("pointwise with padding", input: [2, 3, 2], weight: [3, 2, 1, 1]) { $0.padding = (1, 2) },
  ConvolutionCase("more samples than one product takes", input: [2, 5, 4], weight: [3, 2, 3, 2]) {
    ($0.samples, $0.hasBias) = (65, true)
  },
  ConvolutionCase("the same in groups", input: [4, 4, 4], weight: [2, 2, 2, 2]) {
    ($0.samples, $0.groups, $0.hasBias) = (65, 2, true)
  },
  ConvolutionCase("more pointwise samples", input: [2, 4, 4], weight: [3, 2, 1, 1]) { $0.samples = 37 },
  ConvolutionCase("of a shared input", input: [2, 4, 5], weight: [3, 2, 3, 2]) {
    ($0.isShared, $0.hasBias, $0.padding) = (true, true, (1, 1))
  },
]

/// More columns than one matrix holds: products of some rows.
private let largeCases: [ConvolutionCase] = [
  ConvolutionCase("rows", input: [2, 41, 45], weight: [3, 2, 24, 30]) { $0.hasBias = true },
  ConvolutionCase("rows with padding, stride and groups", input: [4, 80, 64], weight: [2, 2, 20, 20]) {
    ($0.groups, $0.padding, $0.stride) = (2, (9, 5), (1, 2))
  },
  ConvolutionCase("one row", input: [1, 30, 170], weight: [2, 1, 27, 50]) { $0.padding = (1, 3) },
]

@Suite struct ConvolutionTests {
  @Test(arguments: cases + largeCases) fileprivate func `equals its definition`(
    _ convolution: ConvolutionCase
  )
    throws
  {
    let evaluation = try convolution.evaluation()
    let size = convolution.weight.dropFirst().reduce(1, *)
    // A sum of `size` products, of which each may be 2.
    try evaluation.expectOutputs(
      convolution.expected(evaluation), tolerance: 1e-15 * Double(size + 10),
      floatTolerance: 3e-7 * Double(size + 10))
  }

  @Test(arguments: cases) fileprivate func `gradients of input, weight and bias`(
    _ convolution: ConvolutionCase
  )
    throws
  {
    try convolution.evaluation().expectGradient()
  }

  /// Along a direction: one by one would be many.
  @Test(arguments: largeCases) fileprivate func `gradients of large convolutions`(
    _ convolution: ConvolutionCase
  ) throws {
    let evaluation = try convolution.evaluation()
    let gradient = try evaluation.run().gradient
    var numbers = Numbers(seed: 3)
    let inputs = convolution.input.reduce(1, *)
    for part in [0..<inputs, inputs..<gradient.count] {
      let direction: [Double] = numbers.array(gradient.count).enumerated().map {
        part.contains($0.offset) ? $0.element : 0
      }
      // Along it the loss is a polynomial of degree two.
      func loss(_ step: Double) throws -> Double {
        try evaluation.meanLoss(at: zip(evaluation.parameters, direction).map { $0 + step * $1 })
      }
      let expected = try (loss(1) - loss(-1)) / 2
      let slope = zip(gradient, direction).map(*).reduce(0, +)
      let scale = try abs(expected) + loss(0)
      #expect(abs(slope - expected) <= 1e-11 * scale)
    }
    let parts = try evaluation.run(batchSize: 1)
    for (a, b) in zip(parts.gradient, gradient) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b))) }
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for convolution in cases {
      let count = try convolution.evaluation().inFloat.allocationsOfTenGradients()
      #expect(count == 0, "\(convolution.testDescription)")
    }
  }
}

@Suite struct ConvolutionRefusalTests {
  private func message(
    _ input: [Int] = [4, 5, 6], _ weight: [Int] = [6, 4, 3, 3], bias: [Int]? = nil,
    stride: (Int, Int) = (1, 1),
    padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1
  ) -> String {
    refusal {
      var graph = Graph()
      let x = graph.addInput(shape: try Shape(input))
      let w = try graph.addParameter(name: "w", shape: Shape(weight))
      let b = try bias.map { try graph.addParameter(name: "b", shape: Shape($0)) }
      _ = try graph.addConvolution(
        input: x, weight: w, bias: b, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
  }

  @Test func `shapes that do not fit are named`() {
    #expect(message([5, 6]) == "the input has shape (5, 6); a convolution needs (channels, rows, columns)")
    #expect(
      message([4, 5, 6], [6, 4, 3])
        == "weight \"w\" has shape (6, 4, 3); a convolution needs (out, in / groups, rows, columns)")
    #expect(
      message([3, 5, 6])
        == "weight \"w\" of shape (6, 4, 3, 3) takes 4 channels in each group, but the input of shape (3, 5, 6) has 3 in each of 1"
    )
    #expect(message(groups: 2).contains("has 2 in each of 2"))
    #expect(
      message(bias: [4]) == "bias \"b\" has shape (4,); weight \"w\" of shape (6, 4, 3, 3) needs (6,)")
    #expect(message(bias: []).hasPrefix("bias \"b\" has shape ();"))
    #expect(
      message([4, 2, 6], padding: (0, 1), dilation: (1, 2))
        == "a kernel of (3, 3) with dilation (1, 2) spans (3, 5); it must fit into the input of shape (4, 2, 6), which is (2, 8) with its padding"
    )
    #expect(message(dilation: (1, 3)).contains("spans (3, 7)"))
  }

  @Test func `groups divide the channels of both sides`() {
    for groups in [0, -1, 3, 4, .max, .min] {
      #expect(
        message(groups: groups)
          == "groups is \(groups); it must divide the input's 4 channels and the result's 6")
    }
  }

  @Test func `steps are positive, and whatever they are nothing overflows`() {
    let limit = Int(Int32.max)
    for value in [0, -1, .min, limit + 1, .max] {
      #expect(message(stride: (1, value)) == "stride is (1, \(value)); both must be in 1 ... \(limit)")
      #expect(message(dilation: (value, 2)) == "dilation is (\(value), 2); both must be in 1 ... \(limit)")
    }
    for value in [-1, .min, limit + 1, .max] {
      #expect(message(padding: (value, 0)) == "padding is (\(value), 0); both must be in 0 ... \(limit)")
    }
    #expect(message(dilation: (limit, limit)).contains("spans (4294967295, 4294967295)"))
    #expect(message(padding: (limit, limit)).contains("more than 2147483647 elements"))
    #expect(message(stride: (limit, limit), padding: (limit, limit)) == "no error")
    #expect(message(stride: (limit, limit), padding: (limit, limit), dilation: (limit, 1)) == "no error")
  }

  @Test func `windows beyond 2^31 elements are refused`() {
    #expect(
      message([1, 1 << 15, 1 << 15], [1, 1, 2, 2])
        == "the windows of an input of shape (1, 32768, 32768) under a weight of shape (1, 1, 2, 2) have 4294705156 elements; they must have at most 2147483647, the most an array may have"
    )
    #expect(
      message([1, 1, 1 << 30], [2, 1, 1, 1], padding: (1, 0)).contains("more than 2147483647 elements"))
  }

  @Test func `nodes must be of floats, and parameters shared`() throws {
    var graph = Graph()
    let x = graph.addInput(shape: try Shape([1, 4, 4]))
    let label = graph.addInput(role: .label, shape: try Shape([1, 4, 4]))
    let w = try graph.addParameter(name: "w", shape: Shape([1, 1, 2, 2]))
    let own = graph.addInput(shape: try Shape([1, 1, 2, 2]))
    func message(_ input: Int, _ weight: Int, _ bias: Int?) -> String {
      refusal { _ = try graph.addConvolution(input: input, weight: weight, bias: bias) }
    }
    #expect(message(label, w, nil).hasPrefix("input is node 1, a value of integers per sample; it must be"))
    #expect(message(x, own, nil).hasPrefix("weight is node 3, a value of floats per sample; it must be"))
    #expect(message(x, w, x).hasPrefix("bias is node 0, a value of floats per sample; it must be"))
    #expect(message(.max, w, nil).contains("the graph has nodes 0 ..< 4"))
    #expect(message(x, .min, nil).contains("the graph has nodes 0 ..< 4"))
    #expect(message(x, w, -1).contains("the graph has nodes 0 ..< 4"))
  }
}
