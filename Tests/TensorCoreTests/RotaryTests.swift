import Glibc
import TensorCore
import Testing

private struct RotaryCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var leading: [Int] = []
  var positions = 5
  var columns = 6
  var pairs = 3
  var interleaved = false
  var kind = Source.Kind.inputTimesParameter

  var angles: [Double] { (0..<positions * pairs).map { sin(Double($0 * $0)) * 3 } }

  func graph() throws -> SourceGraph {
    try SourceGraph([Source(shape: leading + [positions, columns], kind: kind)], samples: 3) { graph, x in
      let shape = try Shape([positions, pairs])
      let cosines = try graph.addConstant(angles.map { cos($0) }, shape: shape)
      let sines = try graph.addConstant(angles.map { sin($0) }, shape: shape)
      let node = try graph.addRotary(input: x[0], cosines: cosines, sines: sines, interleaved: interleaved)
      #expect(graph.nodes[node].shape == graph.nodes[x[0]].shape)
      #expect(graph.nodes[node].role == graph.nodes[x[0]].role)
      return node
    }
  }

  func reference(_ values: [[Double]]) -> [Double] {
    let angles = angles
    var y = values[0]
    for row in 0..<y.count / columns {
      for i in 0..<pairs {
        let angle = angles[row % positions * pairs + i]
        let first = row * columns + (interleaved ? 2 * i : i)
        let second = row * columns + (interleaved ? 2 * i + 1 : pairs + i)
        let (a, b) = (y[first], y[second])
        (y[first], y[second]) = (a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle))
      }
    }
    return y
  }
}

private let cases: [RotaryCase] = [
  RotaryCase(testDescription: "one head without an axis"),
  RotaryCase(testDescription: "heads", leading: [2, 2]),
  RotaryCase(testDescription: "interleaved", leading: [3], interleaved: true),
  RotaryCase(testDescription: "some of the elements", leading: [2], columns: 7, pairs: 2),
  RotaryCase(testDescription: "some, interleaved", leading: [2], columns: 7, pairs: 2, interleaved: true),
  RotaryCase(testDescription: "one position, one pair", positions: 1, columns: 2, pairs: 1),
  RotaryCase(testDescription: "more pairs than a register holds", positions: 3, columns: 70, pairs: 35),
  RotaryCase(testDescription: "many, interleaved", positions: 3, columns: 70, pairs: 35, interleaved: true),
  RotaryCase(testDescription: "shared", leading: [2], kind: .parameter),
]

@Suite struct RotaryTests {
  @Test(arguments: cases) fileprivate func `equals turning each pair`(_ rotary: RotaryCase) throws {
    let graph = try rotary.graph()
    try graph.evaluation.expectOutputs(graph.outputs(rotary.reference))
  }

  @Test(arguments: cases) fileprivate func `gradient of the input`(_ rotary: RotaryCase) throws {
    try rotary.graph().evaluation.expectGradient()
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for rotary in cases { #expect(try rotary.graph().evaluation.inFloat.allocationsOfTenGradients() == 0) }
  }

  @Test func `angles that do not fit are named`() throws {
    var graph = Graph()
    func constant(_ shape: Int...) throws -> Int {
      try graph.addConstant([Double](repeating: 0, count: shape.reduce(1, *)), shape: Shape(shape))
    }
    let (x, vector) = (graph.addInput(shape: try Shape([2, 5, 6])), graph.addInput(shape: try Shape([6])))
    let parameter = try graph.addParameter(name: "w", shape: Shape([5, 3]))
    let (right, fewer, wide) = (try constant(5, 3), try constant(5, 2), try constant(5, 4))
    let (short, flat, number) = (try constant(4, 3), try constant(15), try constant())
    func message(_ x: Int, _ cosines: Int, _ sines: Int) -> String {
      refusal { _ = try graph.addRotary(input: x, cosines: cosines, sines: sines, interleaved: false) }
    }
    #expect(message(x, right, right) == "no error" && message(x, fewer, fewer) == "no error")
    let reshaped = try graph.addReshape(input: flat, shape: Shape([5, 3]))
    #expect(message(x, reshaped, right) == "no error")
    #expect(
      message(vector, right, right)
        == "the input has shape (6,); rotary positions need at least two axes, (…, positions, features)")
    #expect(
      message(x, right, fewer) == "cosines has shape (5, 3) and sines (5, 2); they must be equal")
    for wrong in [wide, short, flat, number] {
      #expect(
        message(x, wrong, wrong)
          == "cosines has shape \(graph.nodes[wrong].shape); for an input of shape (2, 5, 6) it must be (5, pairs), of at most 3 pairs"
      )
    }
    #expect(
      message(x, parameter, right)
        == "cosines is \"w\", which is computed or sampled; it must be a constant")
    #expect(message(x, right, x).contains("sines is node \(x), a value of floats per sample; it must be"))
    #expect(message(x, right, .max).contains("the graph has nodes"))
  }
}
