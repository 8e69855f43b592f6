/// A directed acyclic graph of operations on one sample, with static shapes; the batch dimension is implied.
///
/// A node's inputs always come before it, so the order of the nodes is an order of evaluation. Shapes are
/// inferred, and every mistake is reported, when a node is added.
public struct Graph: Sendable {
  public struct Node: Sendable {
    public let operation: Operation
    public let inputs: [Int]
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
    return append(.parameter, inputs: [], shape: shape, role: .parameter)
  }

  /// The node `id`, which must be of the given role; `argument` names it in the message.
  func node(_ id: Int, as role: Role, argument: String) throws(InvalidArgument) -> Node {
    guard nodes.indices.contains(id) else {
      throw InvalidArgument("\(argument) is node \(id), but the graph has nodes 0 ..< \(nodes.count)")
    }
    guard nodes[id].role == role else {
      throw InvalidArgument(
        "\(argument) is node \(id), a \(nodes[id].role.rawValue); it must be a \(role.rawValue)")
    }
    return nodes[id]
  }

  mutating func append(_ operation: Operation, inputs: [Int], shape: Shape, role: Role) -> Int {
    nodes.append(Node(operation: operation, inputs: inputs, shape: shape, role: role))
    return nodes.count - 1
  }

  /// What node `id` is called in a message.
  func name(of id: Int) -> String { parameterNames[id].map { "\"\($0)\"" } ?? "node \(id)" }
}
