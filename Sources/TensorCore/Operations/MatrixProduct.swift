import KernelInterface

/// op(A) (m×k) · op(B) (k×n) over the last two axes, for each position of the axes before them, which are broadcast.
struct MatrixProduct: Operation {
  /// m: of one product, or, where there is one product for all, of one sample.
  let m, n, k: Int
  let transposeA, transposeB: Bool
  /// The rows of all samples are multiplied by the same matrix.
  let isOneProduct: Bool
  /// Over the matrices of A, of B and of the result.
  let loops: StridedLoops

  var multipliesMatrices: Bool { true }
  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    let (a, b, c) = (operands.input(0), operands.input(1), operands.output)
    forEachProduct(batch: operands.batch) { m, at in
      operands.multiply(
        GEMM(
          m: m, n: n, k: k, a: a + at.0, transposeA: transposeA, b: b + at.1, transposeB: transposeB,
          c: c + at.2))
    }
  }

  /// dA += dC op(B)ᵀ and dB += op(A)ᵀ dC; of a side that is transposed, the transposed product.
  func backward<T: Scalar>(_ operands: Operands<T>) {
    let (a, b, dc) = (operands.input(0), operands.input(1), operands.outputGradient)
    if let da = operands.inputGradient(0) {
      forEachProduct(batch: operands.batch) { m, at in
        operands.multiply(
          transposeA
            ? GEMM(
              m: k, n: m, k: n, a: b + at.1, transposeA: transposeB, b: dc + at.2, transposeB: true, beta: 1,
              c: da + at.0)
            : GEMM(
              m: m, n: k, k: n, a: dc + at.2, b: b + at.1, transposeB: !transposeB, beta: 1, c: da + at.0))
      }
    }
    if let db = operands.inputGradient(1) {
      forEachProduct(batch: operands.batch) { m, at in
        operands.multiply(
          transposeB
            ? GEMM(
              m: n, n: k, k: m, a: dc + at.2, transposeA: true, b: a + at.0, transposeB: transposeA, beta: 1,
              c: db + at.1)
            : GEMM(
              m: k, n: n, k: m, a: a + at.0, transposeA: !transposeA, b: dc + at.2, beta: 1, c: db + at.1))
      }
    }
  }

  /// Calls `body` with the rows of each product, and where its matrices begin.
  private func forEachProduct(batch: Int, _ body: (Int, StridedLoops.Steps) -> Void) {
    if isOneProduct {
      body(batch * m, (0, 0, 0))
    } else {
      loops.forEachPosition(batch: batch) { body(m, $0) }
    }
  }
}

extension Graph {
  /// numpy's matmul: (…, m, k) · (…, k, n) → (…, m, n). A side that is transposed has its last two axes swapped first.
  public mutating func addMatrixProduct(_ a: Int, transposeA: Bool, _ b: Int, transposeB: Bool)
    throws(InvalidArgument) -> Int
  {
    let left = try matrices(of: a, transposed: transposeA, argument: "a")
    let right = try matrices(of: b, transposed: transposeB, argument: "b")
    let described = "a of shape \(left.name) and b of shape \(right.name)"
    try require(
      left.columns == right.rows,
      "\(described) do not multiply: a's rows have \(left.columns) elements, b's columns \(right.rows)")
    let leading: Shape
    do {
      leading = try Shape(broadcasting: left.leading, right.leading)
    } catch {
      throw InvalidArgument("\(described) do not multiply: without their last two axes, \(error.message)")
    }
    let (m, n, k) = (left.rows, right.columns, left.columns)
    let shape = try Shape(leading.dimensions + [m, n])
    let isOneProduct = isShared(b) && right.leading.count == 1 && !transposeA
    func operand(_ matrices: Shape, of size: Int, isShared: Bool) -> StridedLoops.Operand {
      .init(shape: matrices, broadcastTo: leading, isShared: isShared).scaled(by: size)
    }
    let loops = StridedLoops(
      extents: leading.dimensions, operand(left.leading, of: m * k, isShared: isShared(a)),
      operand(right.leading, of: k * n, isShared: isShared(b)),
      operand(leading, of: m * n, isShared: isShared(a) && isShared(b)))
    return append(
      MatrixProduct(
        m: isOneProduct ? leading.count * m : m, n: n, k: k, transposeA: transposeA, transposeB: transposeB,
        isOneProduct: isOneProduct, loops: loops), inputs: [a, b], shape: shape)
  }

  /// One side of a product: its matrices as they are multiplied, and the axes before them.
  private func matrices(of id: Int, transposed: Bool, argument: String) throws(InvalidArgument) -> (
    rows: Int, columns: Int, leading: Shape, name: String
  ) {
    let shape = try node(id, as: .sample, .shared, argument: argument).shape
    let axes = shape.dimensions.suffix(2)
    guard axes.count == 2, let first = axes.first, let last = axes.last else {
      throw InvalidArgument(
        "\(argument) has shape \(shape); a side of a matrix product needs at least two axes")
    }
    return (
      transposed ? last : first, transposed ? first : last, try Shape(shape.dimensions.dropLast(2)),
      transposed ? "\(shape), transposed," : "\(shape)"
    )
  }
}
