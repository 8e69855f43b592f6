import KernelInterface

/// softmax(scale Q Kᵀ + mask) V over the last two axes, for each position (head) of the axes before them.
///
/// The scores are never whole: they are made for a block of queries at a time, in scratch memory, and made again for the
/// backward pass, for which each row keeps its largest score and the factor of its exponentials.
struct Attention: Operation {
  let heads: Int
  let queries, keys: Int
  /// Elements of a query and of a key, and of a value.
  let features, outputs: Int
  let scale: Double
  /// Query i sees the keys 0 ... i.
  let isCausal: Bool
  let sharesQuery, sharesKey, sharesValue: Bool
  /// By how much the mask moves from one query to the next and from one key to the next; nil where there is none.
  let maskSteps: (query: Int, key: Int)?
  /// Over the matrices of all samples, over those of one, and over the mask.
  let loops: StridedLoops

  /// Scores of so many queries, with as many keys, stay in the second-level cache.
  private var blockRows: Int { min(queries, 64) }

  var multipliesMatrices: Bool { true }
  var backwardReads: (inputs: Bool, output: Bool) { (true, true) }
  var writesNewGradients: Bool { true }
  var keptCount: Int { 2 * heads * queries }
  var scratchCount: Int { 2 * blockRows * keys }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    forEachBlock(operands) { block in
      let scores = operands.scratch
      operands.multiply(block.scores(scale: T(scale), into: scores))
      T.kernels.attentionSoftmax(block.rows, scores: scores, maxima: block.maxima, factors: block.factors)
      operands.multiply(
        GEMM(
          m: block.rows.rows, n: outputs, k: block.rows.columns, a: UnsafePointer(scores), b: block.value,
          c: block.output))
    }
  }

  /// With P the probabilities: dV += Pᵀ dO, dP = dO Vᵀ, dS = P ∘ (dP − Σ O ∘ dO), dQ += scale dS K, dK += scale dSᵀ Q, and
  /// dS itself for the mask.
  func backward<T: Scalar>(_ operands: Operands<T>) {
    let (dQuery, dKey) = (operands.inputGradient(0), operands.inputGradient(1))
    let (dValue, dMask) = (operands.inputGradient(2), operands.inputGradient(3))
    let scale = T(scale)
    // Each query is in one block, each key in several.
    let isNew = operands.isNew(0) && !sharesQuery
    for position in (isNew ? 1 : 0)..<4 { operands.zeroIfNew(position) }
    forEachBlock(operands) { block in
      let (rows, columns) = (block.rows.rows, block.rows.columns)
      let probabilities = operands.scratch
      let gradient = probabilities + rows * columns
      let dy = operands.outputGradient + block.outputOffset
      operands.multiply(block.scores(scale: scale, into: probabilities))
      T.kernels.attentionProbabilities(
        block.rows, scores: probabilities, maxima: block.maxima, factors: block.factors)
      if let dValue {
        operands.multiply(
          GEMM(
            m: columns, n: outputs, k: rows, a: UnsafePointer(probabilities), transposeA: true, b: dy,
            beta: 1,
            c: dValue + block.valueOffset))
      }
      guard dQuery != nil || dKey != nil || dMask != nil else { return }
      operands.multiply(
        GEMM(m: rows, n: columns, k: outputs, a: dy, b: block.value, transposeB: true, c: gradient))
      T.kernels.attentionScoreGradient(
        rows: rows, columns: columns, outputs: outputs, output: block.output, outputGradient: dy,
        probabilities: probabilities, gradient: gradient)
      if let dQuery {
        operands.multiply(
          GEMM(
            m: rows, n: features, k: columns, a: UnsafePointer(gradient), b: block.key, scale: scale,
            beta: isNew ? 0 : 1, c: dQuery + block.queryOffset))
      }
      if let dKey {
        operands.multiply(
          GEMM(
            m: columns, n: features, k: rows, a: UnsafePointer(gradient), transposeA: true, b: block.query,
            scale: scale, beta: 1, c: dKey + block.keyOffset))
      }
      if let dMask {
        for r in 0..<rows {
          T.kernels.accumulate(
            count: columns, scale: 1, from: gradient + r * columns, step: 1,
            to: dMask + block.maskOffset + r * block.rows.maskRowStep, step: block.rows.maskColumnStep)
        }
      }
    }
  }

  /// Some queries of one head, and what they meet.
  private struct Block<T: Scalar> {
    var rows: ScoreBlock<T>
    var features: Int
    var queryOffset, keyOffset, valueOffset, outputOffset, maskOffset: Int
    var query, key, value: UnsafePointer<T>
    var output, maxima, factors: UnsafeMutablePointer<T>

    /// scores ← scale Q Kᵀ
    func scores(scale: T, into scores: UnsafeMutablePointer<T>) -> GEMM<T> {
      GEMM(
        m: rows.rows, n: rows.columns, k: features, a: query, b: key, transposeB: true, scale: scale,
        c: scores
      )
    }
  }

  private func forEachBlock<T: Scalar>(_ operands: Operands<T>, _ body: (Block<T>) -> Void) {
    let mask = maskSteps == nil ? nil : operands.input(3)
    loops.forEachPosition(batch: operands.batch) { at in
      let keyOffset = (sharesKey ? at.1 : at.0) * keys * features
      let valueOffset = (sharesValue ? at.1 : at.0) * keys * outputs
      let kept = operands.kept + at.0 * 2 * queries
      for start in stride(from: 0, to: queries, by: blockRows) {
        let end = min(start + blockRows, queries)
        let queryOffset = ((sharesQuery ? at.1 : at.0) * queries + start) * features
        let outputOffset = (at.0 * queries + start) * outputs
        let maskOffset = at.2 + start * (maskSteps?.query ?? 0)
        body(
          Block(
            rows: ScoreBlock(
              rows: end - start, columns: isCausal ? min(end, keys) : keys,
              visible: isCausal ? start + 1 : keys, mask: mask.map { $0 + maskOffset },
              maskRowStep: maskSteps?.query ?? 0, maskColumnStep: maskSteps?.key ?? 0), features: features,
            queryOffset: queryOffset, keyOffset: keyOffset, valueOffset: valueOffset,
            outputOffset: outputOffset, maskOffset: maskOffset, query: operands.input(0) + queryOffset,
            key: operands.input(1) + keyOffset, value: operands.input(2) + valueOffset,
            output: operands.output + outputOffset, maxima: kept + start, factors: kept + queries + start))
      }
    }
  }
}

extension Graph {
  /// query (…, Tq, d), key (…, Tk, d), value (…, Tk, dv) → (…, Tq, dv), of equal leading axes.
  ///
  /// `mask`, which broadcasts to (…, Tq, Tk), is added to the scores. Where `causal`, query i sees the keys j ≤ i, counted
  /// from the first of both, as PyTorch's `is_causal` does. `scale` nil is 1/√d.
  public mutating func addAttention(
    query: Int, key: Int, value: Int, mask: Int?, causal: Bool, scale: Double?
  ) throws(InvalidArgument) -> Int {
    let q = try matrices(of: query, "query")
    let k = try matrices(of: key, "key")
    let v = try matrices(of: value, "value")
    try require(
      q.leading == k.leading && q.leading == v.leading,
      "query has shape \(q.shape), key \(k.shape) and value \(v.shape); all axes but the last two must be equal"
    )
    try require(
      q.columns == k.columns,
      "query has shape \(q.shape) and key \(k.shape); their last axes must be equal")
    try require(
      k.rows == v.rows,
      "key has shape \(k.shape) and value \(v.shape); each key needs one value, but there are \(k.rows) and \(v.rows)"
    )
    let scale = scale ?? 1 / Double(q.columns).squareRoot()
    try require(scale > 0 && scale.isFinite, "scale is \(scale); it must be positive and finite")
    let shape = try Shape(q.leading + [q.rows, v.columns])
    let inputs = [query, key, value] + (mask.map { [$0] } ?? [])
    let isShared = inputs.allSatisfy { self.isShared($0) }
    let maskOperand = try mask.map { id throws(InvalidArgument) in
      try operand(ofMask: id, scores: q.leading + [q.rows, k.rows])
    }

    let leading = try Shape(q.leading)
    let none = Array(repeating: 0, count: q.leading.count)
    let loops = StridedLoops(
      extents: q.leading, .init(shape: leading, broadcastTo: leading, isShared: isShared),
      .init(shape: leading, broadcastTo: leading, isShared: true),
      .init(
        steps: maskOperand.map { Array($0.steps.dropLast(2)) } ?? none,
        sampleStep: maskOperand?.sampleStep ?? 0, offset: 0))
    return append(
      Attention(
        heads: leading.count, queries: q.rows, keys: k.rows, features: q.columns, outputs: v.columns,
        scale: scale, isCausal: causal, sharesQuery: self.isShared(query), sharesKey: self.isShared(key),
        sharesValue: self.isShared(value),
        maskSteps: maskOperand.map { ($0.steps[q.leading.count], $0.steps[q.leading.count + 1]) },
        loops: loops), inputs: inputs, shape: shape)
  }

  private func operand(ofMask id: Int, scores dimensions: [Int]) throws(InvalidArgument)
    -> StridedLoops.Operand
  {
    let shape = try node(id, as: .sample, .shared, argument: "mask").shape
    let scores = try Shape(dimensions)
    guard let broadcast = try? Shape(broadcasting: shape, scores), broadcast == scores else {
      throw InvalidArgument(
        "mask has shape \(shape); it must broadcast to that of the scores, (…, queries, keys): \(scores)")
    }
    return .init(shape: shape, broadcastTo: scores, isShared: isShared(id))
  }

  private func matrices(of id: Int, _ argument: String) throws(InvalidArgument) -> (
    shape: Shape, leading: [Int], rows: Int, columns: Int
  ) {
    let shape = try node(id, as: .sample, .shared, argument: argument).shape
    let axes = shape.dimensions.suffix(2)
    guard axes.count == 2, let rows = axes.first, let columns = axes.last else {
      throw InvalidArgument(
        "\(argument) has shape \(shape); attention needs at least two axes, (…, positions, features)")
    }
    return (shape, shape.dimensions.dropLast(2), rows, columns)
  }
}
