/// A graph made ready to run: what to compute, in which order, and where the parameters lie.
/// Immutable; executors on any number of threads share one.
public final class Program: Sendable {
  public let graph: Graph
  public let parameters: ParameterTable
  /// The steps that the loss needs, in order of evaluation.
  let lossSteps: [Step]
  /// The steps that the output needs; nil where no output was named.
  let outputSteps: [Step]?
  /// What the output holds per sample.
  public let outputShape: Shape?
  /// For every node, whether the loss's gradient flows to it.
  let needsGradient: [Bool]

  /// One node, with the extents that its kernels want.
  struct Step: Sendable {
    let node: Int
    let operation: Operation
    /// Input nodes; −1 where there are fewer.
    let inputs: (Int, Int, Int)
    /// Rows per sample, and the last extent, of the first input.
    let rows: Int
    let inputColumns: Int
    /// The last extent of the result.
    let columns: Int
  }

  public init(graph: Graph, loss: Int, output: Int?) throws(InvalidArgument) {
    _ = try graph.node(loss, as: .loss, argument: "loss")
    self.outputShape = try output.map { id throws(InvalidArgument) in
      try graph.node(id, as: .sample, argument: "output").shape
    }
    let parameters = ParameterTable(graph: graph)
    guard parameters.count > 0, parameters.count <= Shape.countLimit else {
      throw InvalidArgument(
        "the graph has \(parameters.count) parameters; a model needs 1 ... \(Shape.countLimit)")
    }
    self.graph = graph
    self.parameters = parameters
    self.lossSteps = Program.steps(of: graph, towards: loss)
    self.outputSteps = output.map { Program.steps(of: graph, towards: $0) }

    var reached = [Bool](repeating: false, count: graph.nodes.count)
    for step in lossSteps {
      let node = graph.nodes[step.node]
      reached[step.node] = node.operation == .parameter || node.inputs.contains { reached[$0] }
    }
    self.needsGradient = reached
  }

  /// The nodes that `target` depends on, and itself; in order, since inputs come first in a graph.
  private static func steps(of graph: Graph, towards target: Int) -> [Step] {
    var wanted = [Bool](repeating: false, count: graph.nodes.count)
    wanted[target] = true
    for id in graph.nodes.indices.reversed() where wanted[id] {
      for input in graph.nodes[id].inputs { wanted[input] = true }
    }
    return graph.nodes.indices.filter { wanted[$0] }.map { step(graph, node: $0) }
  }

  private static func step(_ graph: Graph, node id: Int) -> Step {
    let node = graph.nodes[id]
    let first = node.inputs.first.map { graph.nodes[$0].shape } ?? node.shape
    let inputColumns = first.dimensions.last ?? 1
    func input(_ position: Int) -> Int { position < node.inputs.count ? node.inputs[position] : -1 }
    return Step(
      node: id, operation: node.operation, inputs: (input(0), input(1), input(2)),
      rows: first.count / inputColumns, inputColumns: inputColumns,
      columns: node.shape.dimensions.last ?? 1)
  }
}
