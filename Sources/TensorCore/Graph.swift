/// A directed acyclic graph of operations on one sample, with static shapes; the batch dimension is implied.
///
/// A node's inputs always come before it, so the order of the nodes is an order of evaluation. Shapes are
/// inferred, and every mistake is reported, when a node is added.
public struct Graph: Sendable {
  public struct Node: Sendable {
    let content: Content
    let inputs: [Int]
    public let shape: Shape
    public let role: Role
  }

  public private(set) var nodes: [Node] = []
  /// Names of the parameters, by node.
  public private(set) var parameterNames: [Int: String] = [:]
  private var takenNames: Set<String> = []
  public private(set) var inputCount = 0

  public init() {}

  public mutating func addInput(role: Role = .sample, shape: Shape) -> Int {
    inputCount += 1
    return append(.input(inputCount - 1), inputs: [], shape: shape, role: role)
  }

  public mutating func addParameter(name: String, shape: Shape) throws(InvalidArgument) -> Int {
    guard takenNames.insert(name).inserted else {
      throw InvalidArgument("the graph has a parameter named \"\(name)\" already; names must differ")
    }
    parameterNames[nodes.count] = name
    return append(.parameter, inputs: [], shape: shape, role: .shared)
  }

  /// Floats that are given, shared by all samples and never sampled.
  public mutating func addConstant(_ values: [Double], shape: Shape) throws(InvalidArgument) -> Int {
    try require(
      values.count == shape.count,
      "a constant of shape \(shape) has \(shape.count) elements, but \(values.count) were given")
    return append(.constant(values), inputs: [], shape: shape, role: .shared)
  }

  /// The node `id`, which must be of one of the given roles; `argument` names it in the message.
  func node(_ id: Int, as roles: Role..., argument: String) throws(InvalidArgument) -> Node {
    guard nodes.indices.contains(id) else {
      throw InvalidArgument("\(argument) is node \(id), but the graph has nodes 0 ..< \(nodes.count)")
    }
    guard roles.contains(nodes[id].role) else {
      let wanted = roles.map { "a \($0.rawValue)" }.joined(separator: " or ")
      throw InvalidArgument("\(argument) is node \(id), a \(nodes[id].role.rawValue); it must be \(wanted)")
    }
    return nodes[id]
  }

  /// Adds what is computed of `inputs`: shared if they all are, unless it is a loss.
  mutating func append(_ operation: some Operation, inputs: [Int], shape: Shape, role: Role? = nil) -> Int {
    let shared = inputs.allSatisfy { nodes[$0].role == .shared }
    return append(
      .computed(operation), inputs: inputs, shape: shape, role: role ?? (shared ? .shared : .sample))
  }

  mutating func append(_ content: Content, inputs: [Int], shape: Shape, role: Role) -> Int {
    nodes.append(Node(content: content, inputs: inputs, shape: shape, role: role))
    return nodes.count - 1
  }

  /// The node whose memory `id` is: itself, unless it is an alias, whose input is never another one.
  func owner(of id: Int) -> Int {
    if case .alias = nodes[id].content { nodes[id].inputs[0] } else { id }
  }

  func isShared(_ id: Int) -> Bool { nodes[id].role == .shared }

  /// What node `id` is called in a message.
  func name(of id: Int) -> String { parameterNames[id].map { "\"\($0)\"" } ?? "node \(id)" }
}
