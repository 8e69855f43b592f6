/// y = x Wᵀ + b over the last axis: x (…, in), W (out, in), b (out) → y (…, out).
extension Graph {
  public mutating func addLinear(input: Int, weight: Int, bias: Int?) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, argument: "input").shape
    let w = try node(weight, as: .parameter, argument: "weight").shape
    guard w.dimensions.count == 2 else {
      throw InvalidArgument("weight \(name(of: weight)) has shape \(w); a linear layer needs (out, in)")
    }
    guard x.dimensions.last == w.dimensions[1] else {
      throw InvalidArgument(
        "weight \(name(of: weight)) of shape \(w) takes \(w.dimensions[1]) inputs, but the input has shape \(x)"
      )
    }
    if let bias {
      let b = try node(bias, as: .parameter, argument: "bias").shape
      guard b.dimensions == [w.dimensions[0]] else {
        throw InvalidArgument(
          "bias \(name(of: bias)) has shape \(b); weight \(name(of: weight)) of shape \(w) needs (\(w.dimensions[0]),)"
        )
      }
    }
    return append(
      .linear, inputs: [input, weight] + (bias.map { [$0] } ?? []),
      shape: try x.replacingLast(with: w.dimensions[0]), role: .sample)
  }
}

struct Linear<T: Scalar> {
  /// Samples times the leading extents of the input.
  let rows: Int
  let inputs: Int
  let outputs: Int

  func forward(
    x: UnsafePointer<T>, weight: UnsafePointer<T>, bias: UnsafePointer<T>?, y: UnsafeMutablePointer<T>
  ) {
    T.multiply(GEMM(m: rows, n: outputs, k: inputs, a: x, b: weight, transposeB: true, c: y))
    if let bias { T.kernels.addRowVector(rows: rows, columns: outputs, vector: bias, matrix: y) }
  }

  /// dx += dy W, dW += dyᵀ x, db += Σ dy; a nil gradient is not wanted.
  func backward(
    x: UnsafePointer<T>, weight: UnsafePointer<T>, dy: UnsafePointer<T>, dx: UnsafeMutablePointer<T>?,
    dWeight: UnsafeMutablePointer<T>, dBias: UnsafeMutablePointer<T>?
  ) {
    if let dx { T.multiply(GEMM(m: rows, n: inputs, k: outputs, a: dy, b: weight, beta: 1, c: dx)) }
    T.multiply(
      GEMM(m: outputs, n: inputs, k: rows, a: dy, transposeA: true, b: x, beta: 1, c: dWeight))
    if let dBias { T.kernels.addColumnSums(rows: rows, columns: outputs, matrix: dy, vector: dBias) }
  }
}
