/// Where each parameter lies in the ONE flat vector that holds them all, in the order of their nodes; so a
/// sampler's step is one loop, and a shape gives no two elements the same place (or the same noise).
public struct ParameterTable: Sendable {
  public struct Slice: Sendable, Equatable {
    public let node: Int
    public let offset: Int
    public let count: Int
  }

  public let slices: [Slice]
  public let count: Int

  init(graph: Graph) {
    var slices: [Slice] = []
    var offset = 0
    for (id, node) in graph.nodes.enumerated() {
      guard case .parameter = node.content else { continue }
      slices.append(Slice(node: id, offset: offset, count: node.shape.count))
      offset += node.shape.count
    }
    self.slices = slices
    self.count = offset
  }
}
