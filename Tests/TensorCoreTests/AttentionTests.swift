import Glibc
import TensorCore
import Testing

private struct AttentionCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var heads: [Int] = []
  var queries = 3
  var keys = 5
  var features = 4
  var outputs = 2
  var causal = false
  var scale: Double?
  /// Of query, key and value.
  var kinds = [Source.Kind](repeating: .inputTimesParameter, count: 3)
  var mask: Source?

  func graph(sourceScale: Double = 1) throws -> SourceGraph {
    let shapes = [heads + [queries, features], heads + [keys, features], heads + [keys, outputs]]
    var sources = zip(shapes, kinds).map { Source(shape: $0, kind: $1) }
    sources[0].scale = sourceScale
    return try SourceGraph(sources + (mask.map { [$0] } ?? []), samples: 3) { graph, nodes in
      let node = try graph.addAttention(
        query: nodes[0], key: nodes[1], value: nodes[2], mask: mask == nil ? nil : nodes[3], causal: causal,
        scale: scale)
      #expect(graph.nodes[node].shape.dimensions == heads + [queries, outputs])
      #expect(
        (graph.nodes[node].role == .shared) == (sources + (mask.map { [$0] } ?? [])).allSatisfy(\.isShared))
      return node
    }
  }

  func reference(_ values: [[Double]]) -> [Double] {
    let scale = scale ?? 1 / Double(features).squareRoot()
    return indices(of: heads).enumerated().flatMap { head, leading in
      let q = values[0].dropFirst(head * queries * features)
      let k = values[1].dropFirst(head * keys * features)
      let v = values[2].dropFirst(head * keys * outputs)
      return (0..<queries).flatMap { i -> [Double] in
        let scores = (0..<(causal ? min(i + 1, keys) : keys)).map { j in
          let terms = (0..<features).map {
            q[q.startIndex + i * features + $0] * k[k.startIndex + j * features + $0]
          }
          let added = mask.map { values[3][broadcastPlace(leading + [i, j], in: $0.shape)] } ?? 0
          return scale * terms.reduce(0, +) + added
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        return (0..<outputs).map { o in
          weights.indices.reduce(0.0) { $0 + weights[$1] * v[v.startIndex + $1 * outputs + o] }
            / weights.reduce(0, +)
        }
      }
    }
  }
}

private func long(_ name: String, queries: Int, keys: Int, causal: Bool, mask: Source? = nil) -> AttentionCase
{
  AttentionCase(
    testDescription: name, heads: [2], queries: queries, keys: keys, features: 3, outputs: 2, causal: causal,
    kinds: [.inputTimesRow, .inputTimesRow, .inputTimesRow], mask: mask)
}

private let cases: [AttentionCase] = [
  AttentionCase(testDescription: "one head without an axis"),
  AttentionCase(testDescription: "heads", heads: [3], features: 2, outputs: 3),
  AttentionCase(testDescription: "two axes of heads", heads: [2, 2], queries: 2, keys: 3),
  AttentionCase(testDescription: "one position", heads: [2], queries: 1, keys: 1, features: 1, outputs: 1),
  AttentionCase(testDescription: "one query", heads: [2], queries: 1, keys: 4),
  AttentionCase(testDescription: "one key", heads: [2], queries: 4, keys: 1),
  AttentionCase(testDescription: "a scale", heads: [2], scale: 0.3),
  AttentionCase(testDescription: "causal", heads: [2], queries: 4, keys: 4, causal: true),
  AttentionCase(testDescription: "causal, more keys", heads: [2], queries: 3, keys: 5, causal: true),
  AttentionCase(testDescription: "causal, more queries", heads: [2], queries: 5, keys: 3, causal: true),
  AttentionCase(
    testDescription: "queries shared by the samples", heads: [2],
    kinds: [.parameter, .inputTimesParameter, .inputTimesParameter]),
  AttentionCase(
    testDescription: "keys and values shared", heads: [2],
    kinds: [.inputTimesParameter, .parameter, .parameter]),
  AttentionCase(
    testDescription: "all shared", heads: [2], causal: true, kinds: [.parameter, .parameter, .parameter],
    mask: Source(shape: [3, 5], kind: .parameter)),
  AttentionCase(
    testDescription: "only the values have a gradient", heads: [2],
    kinds: [.input, .input, .inputTimesParameter]),
  AttentionCase(
    testDescription: "only the keys have a gradient", heads: [2],
    kinds: [.input, .inputTimesParameter, .input]),
  AttentionCase(
    testDescription: "a constant mask", heads: [2], mask: Source(shape: [3, 5], kind: .constant, scale: 3)),
  AttentionCase(
    testDescription: "a mask that is a parameter", heads: [2],
    mask: Source(shape: [2, 3, 5], kind: .parameter)),
  AttentionCase(
    testDescription: "a mask of each sample", heads: [2], mask: Source(shape: [3, 5], kind: .input)),
  AttentionCase(
    testDescription: "a mask of each sample and head, with a gradient", heads: [2],
    mask: Source(shape: [2, 3, 5])),
  AttentionCase(
    testDescription: "a mask over the keys", heads: [2], mask: Source(shape: [5], kind: .parameter)),
  AttentionCase(
    testDescription: "a mask over heads and keys", heads: [2],
    mask: Source(shape: [2, 1, 5], kind: .parameter)),
  AttentionCase(
    testDescription: "a mask over the first heads and the queries", heads: [2, 3],
    mask: Source(shape: [2, 1, 3, 1])),
  AttentionCase(
    testDescription: "a mask over the second heads", heads: [2, 3],
    mask: Source(shape: [3, 3, 5], kind: .parameter)),
  AttentionCase(
    testDescription: "a mask that is a number", heads: [2], mask: Source(shape: [], kind: .constant)),
  AttentionCase(
    testDescription: "a mask, causal", heads: [2], queries: 4, keys: 4, causal: true,
    mask: Source(shape: [2, 4, 4], kind: .parameter)),
  long("more than one block of queries", queries: 70, keys: 67, causal: false),
  long("blocks, causal", queries: 131, keys: 131, causal: true),
  long("blocks, causal, more keys", queries: 70, keys: 90, causal: true),
  long("blocks, causal, fewer keys than the first block", queries: 130, keys: 17, causal: true),
  long(
    "blocks, causal, a mask", queries: 70, keys: 75, causal: true,
    mask: Source(shape: [2, 70, 75], kind: .inputTimesRow)),
]

@Suite struct AttentionTests {
  @Test(arguments: cases) fileprivate func `equals its naive evaluation`(_ attention: AttentionCase) throws {
    let graph = try attention.graph()
    try graph.evaluation.expectOutputs(graph.outputs(attention.reference))
  }

  @Test(arguments: cases) fileprivate func `gradients of all inputs`(_ attention: AttentionCase) throws {
    try attention.graph().evaluation.expectGradient()
  }

  @Test func `one node may be query, key and value`() throws {
    try SourceGraph([Source(shape: [2, 4, 3])], samples: 3) { graph, x in
      try graph.addAttention(query: x[0], key: x[0], value: x[0], mask: nil, causal: true, scale: nil)
    }.evaluation.expectGradient()
  }

  /// Scores of ±2000 and more: in Float they are known to 1e-4, and so is the logarithm of a probability.
  @Test func `scores of thousands neither overflow nor lose their gradient`() throws {
    for attention in [cases[1], cases[8]] {
      let graph = try attention.graph(sourceScale: 1000)
      try graph.evaluation.expectOutputs(
        graph.outputs(attention.reference), tolerance: 1e-11, floatTolerance: 1e-3)
      let gradient = try graph.evaluation.run().gradient
      let single = try graph.evaluation.inFloat.run().gradient
      for (a, b) in zip(gradient, single) {
        #expect(a.isFinite && abs(a - Double(b)) <= 1e-2 * max(1, abs(a)), "\(a) \(b)")
      }
    }
  }

  /// A score of 1000 that all keys have changes nothing; nor does a mask of −10³⁰, or of −∞, on all of them, beside which no
  /// score has digits left: the keys are then equal.
  @Test func `a row that sees nothing is a row of equal scores`() throws {
    try checkRows(Float.self, masks: [1000, -1e30, -.greatestFiniteMagnitude, -.infinity])
    try checkRows(Double.self, masks: [1000, -1e30, -.greatestFiniteMagnitude, -.infinity])
  }

  private func checkRows<T: Scalar>(_: T.Type, masks: [T]) throws {
    for value in masks {
      for causal in [false, true] {
        var graph = Graph()
        let keys = try graph.addParameter(name: "k", shape: Shape([4, 2]))
        let values = try graph.addParameter(name: "v", shape: Shape([4, 1]))
        let query = graph.addInput(shape: try Shape([4, 2]))
        let mask = graph.addInput(shape: try Shape([4, 4]))
        let output = try graph.addAttention(
          query: query, key: keys, value: values, mask: mask, causal: causal, scale: 1)
        let target = graph.addInput(shape: try Shape([4, 1]))
        let loss = try graph.addMeanSquaredError(prediction: output, target: target)
        let v: [T] = [1, 2, 4, 8]
        let evaluation = Evaluation<T>(
          program: try Program(graph: graph, loss: loss, output: output), samples: 1,
          floats: [[T](repeating: 0, count: 8), [T](repeating: value, count: 16), [0, 0, 0, 0]],
          parameters: [1, 2, 3, 4, 5, 6, 7, 8] + v)
        let means: [Double] = causal ? [1, 1.5, 7.0 / 3, 3.75] : [3.75, 3.75, 3.75, 3.75]
        for (a, e) in zip(try evaluation.outputs(), means) { #expect(abs(Double(a) - e) < 1e-6) }
        let gradient = try evaluation.run().gradient.map { Double($0) }
        // dv_j = Σ_i (2/4) o_i p_ij, with p_ij = 1 / (number of keys that i sees).
        for j in 0..<4 {
          let expected = (0..<4).reduce(0.0) {
            let seen = causal ? $1 + 1 : 4
            return $0 + (j < seen ? means[$1] / 2 / Double(seen) : 0)
          }
          #expect(abs(gradient[8 + j] - expected) < 1e-6, "\(value) \(causal)")
        }
        #expect(gradient.allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func `a key that is masked out has no weight, however large`() throws {
    for lowest in [-1e30, -Double(Float.greatestFiniteMagnitude), -.infinity] {
      var attention = AttentionCase(testDescription: "", heads: [2])
      attention.mask = Source(shape: [5], kind: .input)
      let graph = try attention.graph()
      var evaluation = graph.evaluation
      evaluation.floats[3] = Array(repeating: [0, lowest, 0, 0, lowest], count: 3).flatMap { $0 }
      let before = try evaluation.outputs()
      let keysAndValues = (evaluation.floats[1], evaluation.floats[2])
      for sample in 0..<3 {
        for head in 0..<2 {
          for key in [1, 4] {
            for i in 0..<4 { evaluation.floats[1][((sample * 2 + head) * 5 + key) * 4 + i] *= 100 }
            for i in 0..<2 { evaluation.floats[2][((sample * 2 + head) * 5 + key) * 2 + i] *= 100 }
          }
        }
      }
      #expect(evaluation.floats[1] != keysAndValues.0 && evaluation.floats[2] != keysAndValues.1)
      #expect(try evaluation.outputs() == before)
      #expect(try evaluation.inFloat.outputs().allSatisfy { $0.isFinite })
      #expect(try evaluation.run().gradient.allSatisfy { $0.isFinite })
    }
  }

  @Test(.enabled(if: isOptimisedBuild)) func `nothing is allocated`() throws {
    for attention in cases {
      let allocations = try attention.graph().evaluation.inFloat.allocationsOfTenGradients()
      #expect(allocations == 0, "\(attention.testDescription)")
    }
  }

  @Test func `shapes that do not fit are named`() throws {
    var graph = Graph()
    func input(_ shape: Int...) throws -> Int { graph.addInput(shape: try Shape(shape)) }
    let (q, k, v) = (try input(2, 3, 4), try input(2, 5, 4), try input(2, 5, 6))
    let (vector, otherHeads, wide) = (try input(4), try input(3, 5, 4), try input(2, 5, 7))
    let (longValue, mask) = (try input(2, 8, 6), try input(3, 4))
    let (deepMask, label) = (try input(1, 2, 3, 5), graph.addInput(role: .label, shape: try Shape([3, 5])))
    func message(_ q: Int, _ k: Int, _ v: Int, mask: Int? = nil, scale: Double? = nil) -> String {
      refusal {
        _ = try graph.addAttention(query: q, key: k, value: v, mask: mask, causal: false, scale: scale)
      }
    }
    #expect(message(q, k, v) == "no error")
    #expect(
      message(vector, k, v)
        == "query has shape (4,); attention needs at least two axes, (…, positions, features)")
    #expect(
      message(q, otherHeads, v)
        == "query has shape (2, 3, 4), key (3, 5, 4) and value (2, 5, 6); all axes but the last two must be equal"
    )
    #expect(
      message(q, wide, v)
        == "query has shape (2, 3, 4) and key (2, 5, 7); their last axes must be equal")
    #expect(
      message(q, k, longValue)
        == "key has shape (2, 5, 4) and value (2, 8, 6); each key needs one value, but there are 5 and 8")
    for wrong in [mask, deepMask] {
      #expect(
        message(q, k, v, mask: wrong)
          == "mask has shape \(graph.nodes[wrong].shape); it must broadcast to that of the scores, (…, queries, keys): (2, 3, 5)"
      )
    }
    for scale in [0, -1, .nan, .infinity] {
      #expect(
        message(q, k, v, scale: scale) == "scale is \(scale); it must be positive and finite")
    }
    #expect(message(q, k, v, mask: label).contains("mask is node \(label), a value of integers per sample"))
    #expect(message(q, Int.max, v).contains("key is node \(Int.max), but the graph has nodes"))
    #expect(message(q, k, v, mask: -1).contains("mask is node -1, but the graph has nodes"))
  }

  @Test func `long sequences are refused or planned, never trapped`() throws {
    var graph = Graph()
    let long = graph.addInput(shape: try Shape([1 << 30, 1]))
    let wide = graph.addInput(shape: try Shape([1, 1 << 30]))
    _ = try graph.addAttention(query: long, key: long, value: long, mask: nil, causal: true, scale: nil)
    _ = try graph.addAttention(query: wide, key: wide, value: wide, mask: nil, causal: false, scale: nil)
    let one = graph.addInput(shape: try Shape([1, 1]))
    #expect(
      refusal {
        _ = try graph.addAttention(query: long, key: long, value: long, mask: one, causal: true, scale: nil)
      }.contains("more than 2147483647 elements"))
    let many = graph.addInput(shape: try Shape([1 << 20, 1, 1]))
    let longKeys = graph.addInput(shape: try Shape([1 << 20, 1, 1]))
    let wideValue = graph.addInput(shape: try Shape([1 << 20, 1, 1 << 10]))
    let manyQueries = graph.addInput(shape: try Shape([1 << 20, 1 << 10, 1]))
    _ = try graph.addAttention(
      query: many, key: longKeys, value: wideValue, mask: nil, causal: false, scale: nil)
    #expect(
      refusal {
        _ = try graph.addAttention(
          query: manyQueries, key: longKeys, value: wideValue, mask: nil, causal: false, scale: nil)
      }.contains("more than 2147483647 elements"))
  }
}
