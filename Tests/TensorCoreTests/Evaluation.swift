import TensorCore

/// A graph with its data and parameters, evaluated through an executor: what the tests of values and gradients
/// share.
struct Evaluation<T: Scalar> {
  var program: Program
  var samples: Int
  /// One array per input of the graph, in their order.
  var floats: [[T]]
  var labels: [Int64] = []
  var parameters: [T]

  /// Losses of the rows (nil: all, in order), and the gradient of their mean.
  func run(rows: [UInt32]? = nil, batchSize: Int? = nil, microbatch: Int? = nil, team: Team? = nil) throws
    -> (
      losses: [Double], gradient: [T]
    )
  {
    var losses = [Double](repeating: .nan, count: rows?.count ?? samples)
    var gradient = [T](repeating: .nan, count: program.parameters.count)
    try withDataset { dataset in
      let executor = try Executor<T>(
        program: program, dataset: dataset, batchSize: batchSize ?? samples, microbatch: microbatch,
        purpose: .gradients, team: team)
      if let rows {
        rows.withUnsafeBufferPointer {
          executor.gradient(
            of: .indices($0.baseAddress.unsafelyUnwrapped, count: rows.count), at: parameters,
            losses: &losses, into: &gradient
          )
        }
      } else {
        executor.gradient(
          of: .range(start: 0, count: samples), at: parameters, losses: &losses, into: &gradient)
      }
    }
    return (losses, gradient)
  }

  /// The mean loss alone, through an executor without a backward pass.
  func meanLoss(at parameters: [T]) throws -> Double {
    var losses = [Double](repeating: .nan, count: samples)
    try withDataset { dataset in
      let executor = try Executor<T>(
        program: program, dataset: dataset, batchSize: samples, purpose: .losses)
      executor.losses(of: .range(start: 0, count: samples), at: parameters, into: &losses)
    }
    return losses.reduce(0, +) / Double(samples)
  }

  func outputs() throws -> [T] {
    var outputs = [T](repeating: .nan, count: samples * (program.outputShape?.count ?? 0))
    try withDataset { dataset in
      let executor = try Executor<T>(
        program: program, dataset: dataset, batchSize: samples, purpose: .outputs)
      executor.outputs(of: .range(start: 0, count: samples), at: parameters, into: &outputs)
    }
    return outputs
  }

  /// The gradient of the mean loss by central differences of fourth order,
  /// (8 (f(+h) − f(−h)) − (f(+2h) − f(−2h))) / 12h, whose error is h⁴ f⁗/30.
  func finiteDifferenceGradient(step h: T) throws -> [Double] {
    try parameters.indices.map { i in
      func shifted(by steps: T) throws -> Double {
        var moved = parameters
        moved[i] += steps * h
        return try meanLoss(at: moved)
      }
      let near = try shifted(by: 1) - shifted(by: -1)
      let far = try shifted(by: 2) - shifted(by: -2)
      return (8 * near - far) / (12 * Double(h))
    }
  }

  func withDataset<R>(_ body: (Dataset) throws -> R) throws -> R {
    let copies = floats.map { values in
      let memory = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
      memory.initialize(from: values, count: values.count)
      return memory
    }
    defer { copies.forEach { $0.deallocate() } }
    return try labels.withUnsafeBytes { labels in
      var arrays = copies.map { SampleArray($0) }
      if !self.labels.isEmpty { arrays.append(SampleArray(labels.baseAddress)) }
      return try body(Dataset(program: program, sampleCount: samples, arrays: arrays))
    }
  }
}

/// Numbers that look random and are the same everywhere: a linear congruential generator (Knuth's MMIX constants).
struct Numbers {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53) * 2 - 1
  }
  mutating func array<T: Scalar>(_ count: Int, scale: Double = 1) -> [T] {
    (0..<count).map { _ in T(uniform() * scale) }
  }
}
