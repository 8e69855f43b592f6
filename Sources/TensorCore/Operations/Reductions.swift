/// Sums over axes, times a factor.
struct Sum: Operation {
  let scale: Double
  /// Elements of the result.
  let count: Int
  /// Over the input and the result.
  let loops: StridedLoops

  var backwardReads: (inputs: Bool, output: Bool) { (false, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    operands.output.zero(count: operands.batch * count)
    loops.add(batch: operands.batch, scale: T(scale), operands.input(0), to: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    loops.addBack(batch: operands.batch, scale: T(scale), operands.outputGradient, to: dx)
  }
}

/// The largest element along the last axis.
struct Maximum: Operation {
  let rows: Int
  let columns: Int

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.rowMaxima(
      rows: operands.batch * rows, columns: columns, input: operands.input(0), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.rowMaximaBackward(
      rows: operands.batch * rows, columns: columns, input: operands.input(0),
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

/// Softmax, or its logarithm, along the last axis.
struct Softmax: Operation {
  let logarithm: Bool
  let rows: Int
  let columns: Int

  var backwardReads: (inputs: Bool, output: Bool) { (false, true) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.softmax(
      rows: operands.batch * rows, columns: columns, logarithm: logarithm, input: operands.input(0),
      output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.softmaxBackward(
      rows: operands.batch * rows, columns: columns, logarithm: logarithm, output: operands.output,
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

extension Graph {
  /// `scale` times the sum over `axes`, of which the result keeps an extent of 1.
  public mutating func addSum(input: Int, axes: [Int], scale: Double) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    try require(
      Set(axes).count == axes.count && axes.allSatisfy { x.dimensions.indices.contains($0) },
      "axes is \(axes); for an input of shape \(x) they must be different ones of 0 ..< \(x.dimensions.count)"
    )
    try require(scale.isFinite, "scale is \(scale); it must be finite")
    var dimensions = x.dimensions
    for axis in axes { dimensions[axis] = 1 }
    let shape = try Shape(dimensions)
    let loops = StridedLoops(
      extents: x.dimensions, .init(shape: x, broadcastTo: x, isShared: isShared(input)),
      .init(shape: shape, broadcastTo: x, isShared: isShared(input)))
    return append(Sum(scale: scale, count: shape.count, loops: loops), inputs: [input], shape: shape)
  }

  /// The largest element along the last axis, of which the result keeps an extent of 1.
  public mutating func addMaximum(input: Int) throws(InvalidArgument) -> Int {
    let x = try rows(of: input)
    return append(
      Maximum(rows: x.count / x.columns, columns: x.columns), inputs: [input],
      shape: try x.shape.replacingLast(with: 1))
  }

  public mutating func addSoftmax(input: Int, logarithm: Bool) throws(InvalidArgument) -> Int {
    let x = try rows(of: input)
    return append(
      Softmax(logarithm: logarithm, rows: x.count / x.columns, columns: x.columns), inputs: [input],
      shape: x.shape)
  }

  private func rows(of input: Int) throws(InvalidArgument) -> (shape: Shape, count: Int, columns: Int) {
    let shape = try node(input, as: .sample, .shared, argument: "input").shape
    guard let columns = shape.dimensions.last else {
      throw InvalidArgument("the input has shape (); it needs an axis")
    }
    return (shape, shape.count, columns)
  }
}
