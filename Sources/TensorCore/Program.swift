/// A graph made ready to run: what to compute, in which order, and where the parameters lie.
/// Immutable; executors on any number of threads share one.
public final class Program: Sendable {
  public let graph: Graph
  public let parameters: ParameterTable
  let lossSteps: Steps
  /// Nil where no output was named.
  let outputSteps: Steps?
  /// What the output holds per sample.
  public let outputShape: Shape?
  /// For every node, whether the loss's gradient flows to it.
  let needsGradient: [Bool]

  /// What one result needs, in order of evaluation.
  struct Steps: Sendable {
    /// What does not depend on the samples, and is computed once for all of them.
    var shared: [Step] = []
    var perSample: [Step] = []
    /// The node that holds the result.
    let result: Int
  }

  /// One node, with its inputs' memory in place of its inputs: an alias has none, and its input stands for it.
  final class Step: Sendable {
    let node: Int
    let content: Content
    let inputs: [Int]
    /// Elements from one sample to the next; 0 of what is shared.
    let inputSteps: [Int]
    let role: Role
    /// Elements of its value per sample (a loss has none), and what its operation keeps beside it.
    let valueCount: Int
    let keptCount: Int

    init(_ graph: Graph, node id: Int) {
      let node = graph.nodes[id]
      self.node = id
      content = node.content
      inputs = node.inputs.map { graph.owner(of: $0) }
      inputSteps = node.inputs.map { graph.nodes[$0].role == .shared ? 0 : graph.nodes[$0].shape.count }
      role = node.role
      valueCount = role == .loss ? 0 : node.shape.count
      keptCount = if case .computed(let operation) = content { operation.keptCount } else { 0 }
    }
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
    let lossSteps = Program.steps(of: graph, towards: loss)
    self.lossSteps = lossSteps
    self.outputSteps = output.map { Program.steps(of: graph, towards: $0) }

    var reached = [Bool](repeating: false, count: graph.nodes.count)
    for step in lossSteps.shared + lossSteps.perSample {
      if case .parameter = step.content { reached[step.node] = true }
      if step.inputs.contains(where: { reached[$0] }) { reached[step.node] = true }
    }
    self.needsGradient = reached
  }

  /// The nodes that `target` depends on, and itself; in order, since inputs come first in a graph.
  private static func steps(of graph: Graph, towards target: Int) -> Steps {
    var wanted = [Bool](repeating: false, count: graph.nodes.count)
    wanted[target] = true
    for id in graph.nodes.indices.reversed() where wanted[id] {
      for input in graph.nodes[id].inputs { wanted[input] = true }
    }
    var steps = Steps(result: graph.owner(of: target))
    for id in graph.nodes.indices where wanted[id] && graph.owner(of: id) == id {
      let step = Step(graph, node: id)
      if step.role == .shared { steps.shared.append(step) } else { steps.perSample.append(step) }
    }
    return steps
  }
}
