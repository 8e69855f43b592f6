import KernelInterface

/// y = x Wᵀ + b over the last axis: x (…, in), W (out, in), b (out) → y (…, out).
struct Linear: Operation {
  /// The leading extents of the input.
  let rows: Int
  let inputs: Int
  let outputs: Int
  let hasBias: Bool

  var multipliesMatrices: Bool { true }
  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  var dividesSharedGradients: Bool { true }
  var writesNewGradients: Bool { true }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    let rows = operands.batch * rows
    operands.multiply(
      GEMM(
        m: rows, n: outputs, k: inputs, a: operands.input(0), b: operands.input(1), transposeB: true,
        c: operands.output))
    if hasBias {
      T.kernels.addRowVector(rows: rows, columns: outputs, vector: operands.input(2), matrix: operands.output)
    }
  }

  /// dx += dy W, dW += dyᵀ x, db += Σ dy
  func backward<T: Scalar>(_ operands: Operands<T>) {
    let rows = operands.batch * rows
    let dy = operands.outputGradient
    if let dx = operands.inputGradient(0) {
      operands.multiply(
        GEMM(
          m: rows, n: inputs, k: outputs, a: dy, b: operands.input(1), beta: operands.isNew(0) ? 0 : 1, c: dx)
      )
    }
    if let dWeight = operands.inputGradient(1) {
      let part = operands.share(of: outputs)
      operands.multiply(
        GEMM(
          m: part.count, n: inputs, k: rows, a: dy + part.lowerBound, aSteps: (1, outputs),
          b: operands.input(0), bSteps: (inputs, 1), scale: 1, beta: 1, c: dWeight + part.lowerBound * inputs,
          cRowStep: inputs))
    }
    if operands.isFirstPart, let dBias = operands.inputGradient(2) {
      T.kernels.addColumnSums(rows: rows, columns: outputs, matrix: dy, vector: dBias)
    }
  }
}

extension Graph {
  public mutating func addLinear(input: Int, weight: Int, bias: Int?) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    let w = try node(weight, as: .shared, argument: "weight").shape
    try require(
      w.dimensions.count == 2,
      "weight \(name(of: weight)) has shape \(w); a linear layer needs (out, in)")
    try require(
      x.dimensions.last == w.dimensions[1],
      "weight \(name(of: weight)) of shape \(w) takes \(w.dimensions[1]) inputs, but the input has shape \(x)"
    )
    if let bias {
      let b = try node(bias, as: .shared, argument: "bias").shape
      try require(
        b.dimensions == [w.dimensions[0]],
        "bias \(name(of: bias)) has shape \(b); weight \(name(of: weight)) of shape \(w) needs (\(w.dimensions[0]),)"
      )
    }
    let (inputs, outputs) = (w.dimensions[1], w.dimensions[0])
    return append(
      Linear(rows: x.count / inputs, inputs: inputs, outputs: outputs, hasBias: bias != nil),
      inputs: [input, weight] + (bias.map { [$0] } ?? []), shape: try x.replacingLast(with: outputs))
  }
}
