import TensorCore
import Testing

private enum Pool { case max, average, averageOfElements }

private struct PoolingCase: Sendable, CustomTestStringConvertible {
  let pool: Pool
  let name: String
  var input: [Int]
  var kernel: (Int, Int)
  var stride: (Int, Int)
  var padding = (0, 0)
  var dilation = (1, 1)
  /// Whether the input is a parameter; else it is one sample's plus a parameter, so that a gradient flows to it.
  var isShared = false
  var testDescription: String { "\(pool): \(name)" }
  let samples = 3

  var result: [Int] {
    func extent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
      (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }
    return [
      input[0], extent(input[1], kernel.0, stride.0, padding.0, dilation.0),
      extent(input[2], kernel.1, stride.1, padding.1, dilation.1),
    ]
  }

  /// The elements of an input differ by more than the steps of finite differences: else the largest would change.
  func evaluation() throws -> Evaluation<Double> {
    var graph = Graph()
    let size = input.reduce(1, *)
    let p = try graph.addParameter(name: "p", shape: Shape(input))
    let x = isShared ? p : try graph.addArithmetic(.add, graph.addInput(shape: Shape(input)), p)
    var y =
      switch pool {
      case .max:
        try graph.addMaxPool(
          input: x, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
      case .average:
        try graph.addAveragePool(input: x, kernel: kernel, stride: stride, padding: padding)
      case .averageOfElements:
        try graph.addAveragePool(
          input: x, kernel: kernel, stride: stride, padding: padding, countsPadding: false)
      }
    #expect(graph.nodes[y].shape.dimensions == result)
    #expect((graph.nodes[y].role == .shared) == isShared)
    let resultSize = result.reduce(1, *)
    var numbers = Numbers(seed: 31)
    func distinct(_ count: Int) -> [Double] {
      let random: [Double] = numbers.array(count)
      return random.indices.sorted { random[$0] < random[$1] }.map { 0.05 * Double($0 - count / 2) }
    }
    var floats = [(0..<samples).flatMap { _ in distinct(size) }]
    // A loss is of samples.
    if isShared {
      y = try graph.addArithmetic(.multiply, graph.addInput(shape: Shape(result)), y)
      floats = [numbers.array(samples * resultSize)]
    }
    let target = graph.addInput(shape: try Shape(result))
    let loss = try graph.addMeanSquaredError(prediction: y, target: target)
    floats.append(numbers.array(samples * resultSize))
    return Evaluation(
      program: try Program(graph: graph, loss: loss, output: y), samples: samples, floats: floats,
      parameters: isShared ? distinct(size) : numbers.array(size, scale: 0.01))
  }

  /// By the definition.
  func expected(_ evaluation: Evaluation<Double>) -> [Double] {
    let (size, resultSize) = (input.reduce(1, *), result.reduce(1, *))
    return (0..<samples).flatMap { sample in
      let values = evaluation.floats[0].dropFirst(sample * (isShared ? resultSize : size))
      return isShared
        ? zip(pooled(evaluation.parameters), values).map(*)
        : pooled(zip(values, evaluation.parameters).map(+))
    }
  }

  private func pooled(_ x: [Double]) -> [Double] {
    var y: [Double] = []
    for c in 0..<result[0] {
      for r in 0..<result[1] {
        for q in 0..<result[2] {
          var elements: [Double] = []
          for i in 0..<kernel.0 {
            for j in 0..<kernel.1 {
              let h = r * stride.0 + i * dilation.0 - padding.0
              let v = q * stride.1 + j * dilation.1 - padding.1
              guard (0..<input[1]).contains(h), (0..<input[2]).contains(v) else { continue }
              elements.append(x[(c * input[1] + h) * input[2] + v])
            }
          }
          switch pool {
          case .max: y.append(elements.max() ?? .nan)
          case .average: y.append(elements.reduce(0, +) / Double(kernel.0 * kernel.1))
          case .averageOfElements: y.append(elements.reduce(0, +) / Double(elements.count))
          }
        }
      }
    }
    return y
  }
}

private let cases: [PoolingCase] =
  [Pool.max, .average, .averageOfElements].flatMap { pool in
    [
      PoolingCase(pool: pool, name: "one number", input: [1, 1, 1], kernel: (1, 1), stride: (1, 1)),
      PoolingCase(pool: pool, name: "halves", input: [3, 6, 4], kernel: (2, 2), stride: (2, 2)),
      PoolingCase(
        pool: pool, name: "a rest that no window has", input: [2, 7, 5], kernel: (2, 3), stride: (2, 3)),
      PoolingCase(pool: pool, name: "overlap", input: [2, 5, 21], kernel: (3, 2), stride: (1, 1)),
      PoolingCase(
        pool: pool, name: "padding", input: [2, 5, 6], kernel: (3, 2), stride: (2, 1), padding: (1, 1)),
      PoolingCase(
        pool: pool, name: "wide padding", input: [1, 4, 3], kernel: (4, 5), stride: (1, 2), padding: (2, 2)),
      PoolingCase(pool: pool, name: "gaps", input: [2, 8, 9], kernel: (1, 2), stride: (3, 4)),
      PoolingCase(
        pool: pool, name: "stride beyond the input", input: [2, 4, 3], kernel: (2, 2),
        stride: (7, Int(Int32.max))),
      PoolingCase(pool: pool, name: "the whole input", input: [5, 3, 4], kernel: (3, 4), stride: (1, 1)),
      PoolingCase(
        pool: pool, name: "a shared input", input: [2, 5, 4], kernel: (3, 2), stride: (1, 2), padding: (1, 0),
        isShared: true),
    ]
  } + [
    PoolingCase(
      pool: .max, name: "dilation", input: [2, 7, 9], kernel: (3, 2), stride: (1, 2), dilation: (2, 3)),
    PoolingCase(
      pool: .max, name: "dilation and padding", input: [2, 3, 5], kernel: (3, 2), stride: (1, 1),
      padding: (1, 1), dilation: (2, 5)),
  ]

@Suite struct PoolingTests {
  @Test(arguments: cases) fileprivate func `equals its definition`(_ pooling: PoolingCase) throws {
    let evaluation = try pooling.evaluation()
    try evaluation.expectOutputs(pooling.expected(evaluation))
  }

  @Test(arguments: cases) fileprivate func `gradients of the input`(_ pooling: PoolingCase) throws {
    try pooling.evaluation().expectGradient()
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for pooling in cases { #expect(try pooling.evaluation().inFloat.allocationsOfTenGradients() == 0) }
  }

  private func messages(
    _ input: [Int] = [2, 5, 6], kernel: (Int, Int) = (2, 2), stride: (Int, Int) = (1, 1),
    padding: (Int, Int) = (0, 0)
  ) -> [String] {
    func message(_ add: (inout Graph, Int) throws -> Int) -> String {
      refusal {
        var graph = Graph()
        let x = graph.addInput(shape: try Shape(input))
        _ = try add(&graph, x)
      }
    }
    return [
      message { try $0.addMaxPool(input: $1, kernel: kernel, stride: stride, padding: padding) },
      message { try $0.addAveragePool(input: $1, kernel: kernel, stride: stride, padding: padding) },
    ]
  }

  @Test func `windows that do not fit are refused`() {
    let limit = Int(Int32.max)
    for text in messages([5, 6]) {
      #expect(text == "the input has shape (5, 6); pooling needs (channels, rows, columns)")
    }
    for text in messages(kernel: (6, 2)) {
      #expect(
        text
          == "a kernel of (6, 2) with dilation (1, 1) spans (6, 2); it must fit into the input of shape (2, 5, 6), which is (5, 6) with its padding"
      )
    }
    for value in [0, -1, .min, limit + 1, .max] {
      for text in messages(kernel: (value, 1)) {
        #expect(text == "kernel is (\(value), 1); both must be in 1 ... \(limit)")
      }
      for text in messages(stride: (1, value)) {
        #expect(text == "stride is (1, \(value)); both must be in 1 ... \(limit)")
      }
    }
    for value in [-1, .min, limit + 1, .max] {
      for text in messages(padding: (0, value)) {
        #expect(text == "padding is (0, \(value)); both must be in 0 ... \(limit)")
      }
    }
    for text in messages(kernel: (limit, limit), padding: (limit, limit)) {
      #expect(text.hasPrefix("padding is (2147483647, 2147483647); it must be at most half of the kernel"))
    }
  }

  @Test func `no window is all padding`() {
    for text in messages(kernel: (3, 3), padding: (1, 2)) {
      #expect(
        text
          == "padding is (1, 2); it must be at most half of the kernel (3, 3), or a window would meet nothing else"
      )
    }
    let text = refusal {
      var graph = Graph()
      let x = graph.addInput(shape: try Shape([1, 4, 2]))
      _ = try graph.addMaxPool(
        input: x, kernel: (2, 2), stride: (1, 1), padding: (1, 1), dilation: (1, 3))
    }
    #expect(
      text
        == "dilation is (1, 3); where there is padding it must be at most the input's extents, in shape (1, 4, 2), or a window would meet nothing else"
    )
  }

  @Test func `the input is of floats`() throws {
    var graph = Graph()
    let label = graph.addInput(role: .label, shape: try Shape([1, 4, 4]))
    #expect(
      refusal { _ = try graph.addMaxPool(input: label, kernel: (2, 2), stride: (2, 2)) }.hasPrefix(
        "input is node 0, a value of integers per sample; it must be"))
    #expect(
      refusal { _ = try graph.addAveragePool(input: 1, kernel: (2, 2), stride: (2, 2)) }.contains(
        "the graph has nodes 0 ..< 1"))
  }
}
