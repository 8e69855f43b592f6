import TensorCore
import Testing

private struct Side: Sendable {
  var shape: [Int]
  var transposed = false
  var isShared = false

  var source: Source { Source(shape: shape, kind: isShared ? .parameter : .inputTimesParameter) }

  /// The place of an element of the side as it is multiplied, at an index of the result's leading axes.
  func place(_ leading: [Int], _ row: Int, _ column: Int) -> Int {
    let matrix = broadcastPlace(leading, in: shape.dropLast(2))
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    return (matrix * rows + (transposed ? column : row)) * columns + (transposed ? row : column)
  }
}

private struct ProductCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let a: Side
  let b: Side
  /// The shape of the result.
  let shape: [Int]

  init(_ name: String, _ a: Side, _ b: Side, gives shape: [Int]) {
    (testDescription, self.a, self.b, self.shape) = (name, a, b, shape)
  }

  func graph() throws -> SourceGraph {
    try SourceGraph([a.source, b.source], samples: 3) { graph, sides in
      let product = try graph.addMatrixProduct(
        sides[0], transposeA: a.transposed, sides[1], transposeB: b.transposed)
      #expect(graph.nodes[product].shape.dimensions == shape)
      #expect((graph.nodes[product].role == .shared) == (a.isShared && b.isShared))
      return product
    }
  }

  func reference(_ values: [[Double]]) -> [Double] {
    let inner = a.shape[a.shape.count - (a.transposed ? 2 : 1)]
    return indices(of: shape).map { index in
      let (leading, row, column) = (Array(index.dropLast(2)), index[index.count - 2], index[index.count - 1])
      return (0..<inner).reduce(0.0) {
        $0 + values[0][a.place(leading, row, $1)] * values[1][b.place(leading, $1, column)]
      }
    }
  }
}

private let cases: [ProductCase] = [
  ProductCase("one matrix a side", Side(shape: [3, 5]), Side(shape: [5, 2]), gives: [3, 2]),
  ProductCase(
    "a transposed", Side(shape: [5, 3], transposed: true), Side(shape: [5, 2]), gives: [3, 2]),
  ProductCase(
    "b transposed", Side(shape: [3, 5]), Side(shape: [2, 5], transposed: true), gives: [3, 2]),
  ProductCase(
    "both transposed, heads", Side(shape: [4, 5, 3], transposed: true),
    Side(shape: [4, 2, 5], transposed: true), gives: [4, 3, 2]),
  ProductCase("one row, one column", Side(shape: [1, 7]), Side(shape: [7, 1]), gives: [1, 1]),
  ProductCase("numbers", Side(shape: [1, 1]), Side(shape: [1, 1]), gives: [1, 1]),
  ProductCase(
    "leading axes broadcast both ways", Side(shape: [2, 1, 3, 4]), Side(shape: [5, 4, 2]),
    gives: [2, 5, 3, 2]),
  ProductCase(
    "both ways, transposed", Side(shape: [5, 4, 3], transposed: true),
    Side(shape: [2, 1, 2, 4], transposed: true), gives: [2, 5, 3, 2]),
  ProductCase(
    "b broadcast along an axis in the middle", Side(shape: [2, 3, 2, 3]), Side(shape: [2, 1, 3, 4]),
    gives: [2, 3, 2, 4]),
  ProductCase("a weight", Side(shape: [3, 5]), Side(shape: [5, 2], isShared: true), gives: [3, 2]),
  ProductCase(
    "a weight for heads, transposed", Side(shape: [4, 3, 5]),
    Side(shape: [2, 5], transposed: true, isShared: true), gives: [4, 3, 2]),
  ProductCase(
    "a weight with leading ones", Side(shape: [3, 5]), Side(shape: [1, 1, 5, 2], isShared: true),
    gives: [1, 1, 3, 2]),
  ProductCase(
    "a weight after a transposed side", Side(shape: [4, 5, 3], transposed: true),
    Side(shape: [5, 2], isShared: true), gives: [4, 3, 2]),
  ProductCase(
    "a weight on the left", Side(shape: [3, 5], isShared: true), Side(shape: [4, 5, 2]), gives: [4, 3, 2]),
  ProductCase(
    "a weight on the left, transposed", Side(shape: [5, 3], transposed: true, isShared: true),
    Side(shape: [4, 2, 5], transposed: true), gives: [4, 3, 2]),
  ProductCase(
    "a weight for each head", Side(shape: [6, 3, 5]), Side(shape: [6, 5, 2], isShared: true),
    gives: [6, 3, 2]),
  ProductCase(
    "both shared", Side(shape: [4, 3, 5], isShared: true), Side(shape: [5, 2], isShared: true),
    gives: [4, 3, 2]),
  ProductCase(
    "both shared, broadcast and transposed", Side(shape: [2, 1, 5, 3], transposed: true, isShared: true),
    Side(shape: [3, 2, 5], transposed: true, isShared: true), gives: [2, 3, 3, 2]),
]

@Suite struct MatrixProductTests {
  @Test(arguments: cases) fileprivate func `equals the triple loop`(_ product: ProductCase) throws {
    let graph = try product.graph()
    try graph.evaluation.expectOutputs(graph.outputs(product.reference))
  }

  @Test(arguments: cases) fileprivate func `gradients of both sides`(_ product: ProductCase) throws {
    try product.graph().evaluation.expectGradient()
  }

  @Test func `both sides may be the same node`() throws {
    try SourceGraph([Source(shape: [4, 3])], samples: 3) { graph, x in
      try graph.addMatrixProduct(x[0], transposeA: false, x[0], transposeB: true)
    }.evaluation.expectGradient()
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for product in cases {
      let allocations = try product.graph().evaluation.inFloat.allocationsOfTenGradients()
      #expect(allocations == 0, "\(product.testDescription)")
    }
  }

  @Test func `shapes that do not multiply are named`() throws {
    var graph = Graph()
    let vector = graph.addInput(shape: try Shape([4]))
    let a = graph.addInput(shape: try Shape([2, 3, 4]))
    let b = graph.addInput(shape: try Shape([3, 4, 5]))
    let label = graph.addInput(role: .label, shape: try Shape([4, 4]))
    func message(_ a: Int, _ transposeA: Bool, _ b: Int, _ transposeB: Bool) -> String {
      refusal { _ = try graph.addMatrixProduct(a, transposeA: transposeA, b, transposeB: transposeB) }
    }
    #expect(
      message(vector, false, b, false)
        == "a has shape (4,); a side of a matrix product needs at least two axes")
    #expect(
      message(a, false, vector, true)
        == "b has shape (4,); a side of a matrix product needs at least two axes")
    #expect(
      message(a, true, b, false)
        == "a of shape (2, 3, 4), transposed, and b of shape (3, 4, 5) do not multiply: a's rows have 3 elements, b's columns 4"
    )
    #expect(
      message(a, false, b, false)
        == "a of shape (2, 3, 4) and b of shape (3, 4, 5) do not multiply: without their last two axes, shapes (2,) and (3,) do not broadcast: counted from the last, every two extents must be equal, or one of them 1"
    )
    #expect(
      message(a, false, label, false).contains("b is node 3, a value of integers per sample; it must be"))
    #expect(message(a, false, Int.max, false).contains("the graph has nodes 0 ..< 4"))
    #expect(message(Int.min, false, a, false).contains("the graph has nodes 0 ..< 4"))
  }

  @Test func `a product beyond 2^31 elements is refused`() throws {
    var graph = Graph()
    let column = graph.addInput(shape: try Shape([1 << 20, 1]))
    let manyA = graph.addInput(shape: try Shape([1 << 20, 1, 1, 1]))
    let manyB = graph.addInput(shape: try Shape([1 << 20, 1, 1]))
    #expect(
      refusal { _ = try graph.addMatrixProduct(column, transposeA: false, column, transposeB: true) }
        .contains("more than 2147483647 elements"))
    #expect(
      refusal { _ = try graph.addMatrixProduct(manyA, transposeA: false, manyB, transposeB: false) }
        .contains("more than 2147483647 elements"))
  }
}
