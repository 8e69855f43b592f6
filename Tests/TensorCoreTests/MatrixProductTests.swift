import TensorCore
import Testing

/// A side of a product: shared by all samples, or their own.
private struct Side {
  var shape: [Int]
  var transposed = false
  var isShared = false

  /// A parameter, or an input times one, so that there is a gradient either way.
  func add(to graph: inout Graph, _ name: String) throws -> Int {
    let parameter = try graph.addParameter(name: name, shape: Shape(shape))
    if isShared { return parameter }
    return try graph.addArithmetic(.multiply, graph.addInput(shape: Shape(shape)), parameter)
  }

  var count: Int { shape.reduce(1, *) }

  /// The side as it is multiplied: its value, and its element at an index of the result's leading axes.
  func value(_ values: [Double], at leading: [Int], _ row: Int, _ column: Int) -> Double {
    let axes = shape.dropLast(2)
    var matrix = 0
    for (extent, index) in zip(axes, leading.suffix(axes.count)) {
      matrix = matrix * extent + (extent == 1 ? 0 : index)
    }
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let (i, j) = transposed ? (column, row) : (row, column)
    return values[matrix * rows * columns + i * columns + j]
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

  /// The product, times an input where it is shared: a loss is of samples.
  func evaluation(samples: Int) throws -> Evaluation<Double> {
    var graph = Graph()
    let left = try a.add(to: &graph, "a")
    let right = try b.add(to: &graph, "b")
    var product = try graph.addMatrixProduct(
      left, transposeA: a.transposed, right, transposeB: b.transposed)
    #expect(graph.nodes[product].shape.dimensions == shape)
    #expect((graph.nodes[product].role == .shared) == (a.isShared && b.isShared))
    let factor = graph.addInput(shape: try Shape(shape))
    product = try graph.addArithmetic(.multiply, product, factor)
    let target = graph.addInput(shape: try Shape(shape))
    let loss = try graph.addMeanSquaredError(prediction: product, target: target)
    let sides = [a, b].filter { !$0.isShared }.map(\.count)
    var numbers = Numbers(seed: 17)
    return Evaluation(
      program: try Program(graph: graph, loss: loss, output: product), samples: samples,
      floats: (sides + [size, size]).map { numbers.array(samples * $0, scale: 2) },
      parameters: numbers.array(a.count + b.count))
  }

  private var size: Int { shape.reduce(1, *) }

  /// By hand.
  func expected(_ evaluation: Evaluation<Double>) -> [Double] {
    let inner = a.transposed ? a.shape[a.shape.count - 2] : a.shape[a.shape.count - 1]
    let factors = evaluation.floats[evaluation.floats.count - 2]
    var result: [Double] = []
    for sample in 0..<evaluation.samples {
      var floats = evaluation.floats
      var parameters = evaluation.parameters
      func values(_ side: Side) -> [Double] {
        let parameter = parameters.prefix(side.count)
        parameters.removeFirst(side.count)
        if side.isShared { return Array(parameter) }
        let input = floats.removeFirst()[sample * side.count..<(sample + 1) * side.count]
        return zip(parameter, input).map(*)
      }
      let (left, right) = (values(a), values(b))
      for flat in 0..<size {
        var index = shape
        var rest = flat
        for axis in shape.indices.reversed() {
          (rest, index[axis]) = rest.quotientAndRemainder(dividingBy: shape[axis])
        }
        let (row, column) = (index[shape.count - 2], index[shape.count - 1])
        let leading = Array(index.dropLast(2))
        let sum = (0..<inner).reduce(0.0) {
          $0 + a.value(left, at: leading, row, $1) * b.value(right, at: leading, $1, column)
        }
        result.append(sum * factors[sample * size + flat])
      }
    }
    return result
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
    let evaluation = try product.evaluation(samples: 3)
    try evaluation.expectOutputs(product.expected(evaluation))
  }

  @Test(arguments: cases) fileprivate func `gradients of both sides`(_ product: ProductCase) throws {
    try product.evaluation(samples: 3).expectGradient()
  }

  @Test func `both sides may be the same node`() throws {
    var graph = Graph()
    let w = try graph.addParameter(name: "w", shape: Shape([4, 3]))
    let x = try graph.addArithmetic(.multiply, graph.addInput(shape: Shape([4, 3])), w)
    let gram = try graph.addMatrixProduct(x, transposeA: false, x, transposeB: true)
    let target = graph.addInput(shape: try Shape([4, 4]))
    let loss = try graph.addMeanSquaredError(prediction: gram, target: target)
    var numbers = Numbers(seed: 1)
    try Evaluation<Double>(
      program: Program(graph: graph, loss: loss, output: nil), samples: 3,
      floats: [numbers.array(36), numbers.array(48)], parameters: numbers.array(12)
    ).expectGradient()
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for product in cases {
      #expect(try product.evaluation(samples: 3).inFloat.allocationsOfTenGradients() == 0)
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
