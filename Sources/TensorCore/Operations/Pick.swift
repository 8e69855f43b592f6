/// Of each row the element that an integer names, or 0 where the integer says that none counts.
struct Pick: Operation {
  let rows: Int
  let columns: Int
  let ignored: Int64?

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }  // the integers
  var integerLimits: [IntegerLimit] {
    [IntegerLimit(input: 1, count: columns, ignored: ignored, names: ("label", "classes"))]
  }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.pick(
      rows: operands.batch * rows, columns: columns, ignored: ignored ?? .min, indices: operands.integers(1),
      input: operands.input(0), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.pickBackward(
      rows: operands.batch * rows, columns: columns, ignored: ignored ?? .min, indices: operands.integers(1),
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

extension Graph {
  /// input (…, columns) and integers (…) → input[…, integer], shape (…); 0 where the integer is `ignored`.
  public mutating func addPick(input: Int, indices: Int, ignored: Int64? = nil) throws(InvalidArgument) -> Int
  {
    let x = try node(input, as: .sample, argument: "input").shape
    guard let columns = x.dimensions.last else {
      throw InvalidArgument("the input has shape (); picking needs (..., columns)")
    }
    let rows = try Shape(x.dimensions.dropLast())
    let chosen = try node(indices, as: .label, argument: "indices").shape
    try require(
      chosen == rows,
      "indices has shape \(chosen); an input of shape \(x) needs one integer for each row, shape \(rows)")
    return append(
      Pick(rows: rows.count, columns: columns, ignored: ignored), inputs: [input, indices], shape: rows)
  }
}
