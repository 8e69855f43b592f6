/// Positions as rotations: pairs of elements of each row are turned by the angles of the row's position.
struct Rotary: Operation {
  /// Elements of one sample in rows; a row's position is its index modulo `positions`.
  let rows, columns, positions: Int
  let pairs: Int
  let isInterleaved: Bool

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.rotary(
      rows: operands.batch * rows, columns: columns, positions: positions, pairs: pairs,
      interleaved: isInterleaved, cosines: operands.input(1), sines: operands.input(2),
      input: operands.input(0), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.rotaryBackward(
      rows: operands.batch * rows, columns: columns, positions: positions, pairs: pairs,
      interleaved: isInterleaved, cosines: operands.input(1), sines: operands.input(2),
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

extension Graph {
  /// input (…, T, d) with each of `pairs` pairs of a row's elements turned by an angle of its own, of which the constants
  /// `cosines` and `sines` (T, pairs) hold the cosine and the sine: pair i is elements i and pairs + i, as in GPT-NeoX and
  /// Llama's published weights for transformers, or, where `interleaved`, elements 2i and 2i + 1, as in GPT-J. The
  /// elements from 2 pairs on stay as they are.
  public mutating func addRotary(input: Int, cosines: Int, sines: Int, interleaved: Bool)
    throws(InvalidArgument) -> Int
  {
    let shape = try node(input, as: .sample, .shared, argument: "input").shape
    let axes = shape.dimensions.suffix(2)
    guard axes.count == 2, let positions = axes.first, let columns = axes.last else {
      throw InvalidArgument(
        "the input has shape \(shape); rotary positions need at least two axes, (…, positions, features)")
    }
    let angles = try constant(cosines, argument: "cosines")
    let others = try constant(sines, argument: "sines")
    try require(
      angles == others, "cosines has shape \(angles) and sines \(others); they must be equal")
    let pairs = angles.dimensions.last ?? 0
    try require(
      angles.dimensions == [positions, pairs] && 2 * pairs <= columns,
      "cosines has shape \(angles); for an input of shape \(shape) it must be (\(positions), pairs), of at most \(columns / 2) pairs"
    )
    return append(
      Rotary(
        rows: shape.count / columns, columns: columns, positions: positions, pairs: pairs,
        isInterleaved: interleaved), inputs: [input, cosines, sines], shape: shape)
  }

  /// The shape of a constant, which may have been given another one.
  private func constant(_ id: Int, argument: String) throws(InvalidArgument) -> Shape {
    let shape = try node(id, as: .shared, argument: argument).shape
    guard case .constant = nodes[owner(of: id)].content else {
      throw InvalidArgument(
        "\(argument) is \(name(of: id)), which is computed or sampled; it must be a constant")
    }
    return shape
  }
}
