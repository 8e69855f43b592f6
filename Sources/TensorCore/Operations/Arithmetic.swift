import KernelInterface

/// a ∘ b, broadcast as numpy does.
struct BroadcastArithmetic: Operation {
  let operation: Arithmetic
  /// Over a, b and the result.
  let loops: StridedLoops
  /// Of a sum with a row, as of a bias: which side the row is, and how many rows each sample has.
  let row: (position: Int, count: Int)?

  init(operation: Arithmetic, loops: StridedLoops) {
    (self.operation, self.loops) = (operation, loops)
    let counts = [loops.runsPerSample(ofOneRun: \.0), loops.runsPerSample(ofOneRun: \.1)]
    let position = operation == .add ? counts.firstIndex { $0 != nil } : nil
    row = position.map { ($0, counts[$0] ?? 0) }
  }

  var backwardReads: (inputs: Bool, output: Bool) { (operation != .add && operation != .subtract, false) }

  /// Those of a sum, which are copies of the result's.
  var writesNewGradients: Bool { operation == .add && loops.isElementwise }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    let (a, b, y) = (operands.input(0), operands.input(1), operands.output)
    let (operation, steps, kernels) = (operation, loops.run.steps, T.kernels)
    loops.forEachRun(batch: operands.batch) { count, at in
      kernels.arithmetic(
        operation, count: count, a + at.0, step: steps.0, b + at.1, step: steps.1, result: y + at.2)
    }
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    let (a, b, dy) = (operands.input(0), operands.input(1), operands.outputGradient)
    var (da, db) = (operands.inputGradient(0), operands.inputGradient(1))
    // Its gradient is a sum over samples, of which there may be many: in Double.
    if let row, let gradient = row.position == 0 ? da : db {
      T.kernels.addColumnSums(
        rows: operands.batch * row.count, columns: loops.run.extent, matrix: dy, vector: gradient)
      if row.position == 0 { da = nil } else { db = nil }
    }
    if writesNewGradients {
      let count = operands.batch * loops.run.extent
      if operands.isNew(0) {
        da?.update(from: dy, count: count)
        da = nil
      }
      if operands.isNew(1) {
        db?.update(from: dy, count: count)
        db = nil
      }
    }
    let (aGradient, bGradient) = (da, db)
    if aGradient == nil, bGradient == nil { return }
    let (operation, steps, kernels) = (operation, loops.run.steps, T.kernels)
    loops.forEachRun(batch: operands.batch) { count, at in
      kernels.arithmeticBackward(
        operation, count: count, a + at.0, step: steps.0, b + at.1, step: steps.1, resultGradient: dy + at.2,
        aGradient: aGradient.map { $0 + at.0 }, bGradient: bGradient.map { $0 + at.1 })
    }
  }
}

extension Graph {
  public mutating func addArithmetic(_ operation: Arithmetic, _ a: Int, _ b: Int) throws(InvalidArgument)
    -> Int
  {
    let left = try node(a, as: .sample, .shared, argument: "a").shape
    let right = try node(b, as: .sample, .shared, argument: "b").shape
    let shape = try Shape(broadcasting: left, right)
    let isShared = isShared(a) && isShared(b)
    let loops = StridedLoops(
      extents: shape.dimensions,
      .init(shape: left, broadcastTo: shape, isShared: self.isShared(a)),
      .init(shape: right, broadcastTo: shape, isShared: self.isShared(b)),
      .init(shape: shape, broadcastTo: shape, isShared: isShared))
    return append(BroadcastArithmetic(operation: operation, loops: loops), inputs: [a, b], shape: shape)
  }
}

extension Shape {
  /// The shape that numpy gives a ∘ b.
  init(broadcasting a: Shape, _ b: Shape) throws(InvalidArgument) {
    let rank = max(a.dimensions.count, b.dimensions.count)
    func padded(_ shape: Shape) -> [Int] {
      Array(repeating: 1, count: rank - shape.dimensions.count) + shape.dimensions
    }
    let (left, right) = (padded(a), padded(b))
    for (x, y) in zip(left, right) where x != y && x != 1 && y != 1 {
      throw InvalidArgument(
        "shapes \(a) and \(b) do not broadcast: counted from the last, every two extents must be equal, or one of them 1"
      )
    }
    try self.init(zip(left, right).map(max))
  }
}
