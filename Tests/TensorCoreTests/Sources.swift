import TensorCore

/// A value for the operation under test to take.
struct Source: Sendable {
  enum Kind { case parameter, constant, input, inputTimesParameter, inputTimesRow }
  var shape: [Int]
  /// A parameter or constant is shared by all samples. An input may be multiplied by a parameter of its shape, or of its
  /// last axis, so that a gradient reaches it.
  var kind = Kind.inputTimesParameter
  /// Of its elements.
  var scale = 1.0

  var count: Int { shape.reduce(1, *) }
  var isShared: Bool { kind == .parameter || kind == .constant }
  var parameterCount: Int {
    switch kind {
    case .parameter, .inputTimesParameter: count
    case .inputTimesRow: shape.last ?? 1
    case .constant, .input: 0
    }
  }
}

/// A graph of one operation on some sources, and what the sources are by hand.
struct SourceGraph {
  private(set) var evaluation: Evaluation<Double>
  private let sources: [Source]
  /// Empty where a source is no constant.
  private var constants: [[Double]] = []
  private let outputSize: Int

  /// The result of `build` is multiplied by an input, since a loss is of samples.
  init(
    _ sources: [Source], samples: Int, seed: UInt64 = 17, _ build: (inout Graph, [Int]) throws -> Int
  ) throws {
    self.sources = sources
    var numbers = Numbers(seed: seed)
    var (graph, nodes): (Graph, [Int]) = (Graph(), [])
    var (floats, parameters): ([[Double]], [Double]) = ([], [])
    for (i, source) in sources.enumerated() {
      let shape = try Shape(source.shape)
      var node: Int?
      if source.kind == .constant {
        constants.append(numbers.array(source.count, scale: source.scale))
        node = try graph.addConstant(constants[i], shape: shape)
      } else {
        constants.append([])
      }
      if !source.isShared {
        node = graph.addInput(shape: shape)
        floats.append(numbers.array(samples * source.count, scale: 2 * source.scale))
      }
      if source.parameterCount > 0 {
        let ofRow = source.kind == .inputTimesRow
        let parameter = try graph.addParameter(
          name: "\(i)", shape: ofRow ? Shape(source.shape.suffix(1)) : shape)
        parameters += numbers.array(source.parameterCount, scale: source.isShared ? source.scale : 1)
        node = try node.map { try graph.addArithmetic(.multiply, $0, parameter) } ?? parameter
      }
      if let node { nodes.append(node) }
    }
    let result = try build(&graph, nodes)
    let shape = graph.nodes[result].shape
    let output = try graph.addArithmetic(.multiply, result, graph.addInput(shape: shape))
    let target = graph.addInput(shape: shape)
    let loss = try graph.addMeanSquaredError(prediction: output, target: target)
    for _ in 0..<2 { floats.append(numbers.array(samples * shape.count, scale: 2)) }
    outputSize = shape.count
    evaluation = Evaluation(
      program: try Program(graph: graph, loss: loss, output: output), samples: samples, floats: floats,
      parameters: parameters)
  }

  /// What the outputs are where the operation's result is `reference` of one sample's sources.
  func outputs(_ reference: ([[Double]]) -> [Double]) -> [Double] {
    (0..<evaluation.samples).flatMap { sample in
      let factors = evaluation.floats[evaluation.floats.count - 2]
      return zip(reference(values(of: sample)), factors[sample * outputSize..<(sample + 1) * outputSize]).map(
        *)
    }
  }

  private func values(of sample: Int) -> [[Double]] {
    var (floats, parameters) = (evaluation.floats[...], evaluation.parameters[...])
    return zip(sources, constants).map { source, constant in
      let parameter = Array(parameters.prefix(source.parameterCount))
      parameters = parameters.dropFirst(source.parameterCount)
      if source.isShared { return source.kind == .constant ? constant : parameter }
      let input = Array(floats.removeFirst()[sample * source.count..<(sample + 1) * source.count])
      return parameter.isEmpty ? input : input.indices.map { input[$0] * parameter[$0 % parameter.count] }
    }
  }
}

/// The place in an array of shape `shape` of the element that numpy takes for the index of a larger array.
func broadcastPlace(_ index: [Int], in shape: [Int]) -> Int {
  zip(shape, index.suffix(shape.count)).reduce(0) { $0 * $1.0 + ($1.0 == 1 ? 0 : $1.1) }
}

/// All indices of an array of this shape, in order.
func indices(of shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { all, extent in all.flatMap { index in (0..<extent).map { index + [$0] } } }
}
