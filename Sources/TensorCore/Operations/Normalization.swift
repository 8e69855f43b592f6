/// Rows brought to mean 0 and variance 1, or only to mean square 1; then times a weight, plus a bias.
struct Normalization: Operation {
  /// The leading extents of the input, and the others.
  let rows: Int
  let columns: Int
  let centred: Bool
  let epsilon: Double
  /// Which inputs they are.
  let weight: Int?
  let bias: Int?

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  /// Two sums in Double for each column: of the gradients of weight and bias.
  var scratchCount: Int { weight == nil && bias == nil ? 0 : 4 * columns }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.normalize(
      rows: operands.batch * rows, columns: columns, centred: centred, epsilon: epsilon,
      input: operands.input(0), weight: weight.map { operands.input($0) },
      bias: bias.map { operands.input($0) },
      output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.normalizeBackward(
      rows: operands.batch * rows, columns: columns, centred: centred, epsilon: epsilon,
      input: operands.input(0), weight: weight.map { operands.input($0) },
      outputGradient: operands.outputGradient, inputGradient: operands.inputGradient(0),
      weightGradient: weight.flatMap { operands.inputGradient($0) },
      biasGradient: bias.flatMap { operands.inputGradient($0) },
      sums: UnsafeMutableRawPointer(operands.scratch).assumingMemoryBound(to: Double.self))
  }
}

/// y[c, …] = x[c, …] scale[c] + shift[c]
struct ChannelAffine: Operation {
  let channels: Int
  let places: Int

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  var writesNewGradients: Bool { true }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.channelAffine(
      samples: operands.batch, channels: channels, places: places, input: operands.input(0),
      scale: operands.input(1), shift: operands.input(2), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    // A parameter's gradient is never new: it is zeros before the first sample.
    T.kernels.channelAffineBackward(
      samples: operands.batch, channels: channels, places: places, input: operands.input(0),
      scale: operands.input(1), outputGradient: operands.outputGradient, adds: !operands.isNew(0),
      inputGradient: operands.inputGradient(0), scaleGradient: operands.inputGradient(1),
      shiftGradient: operands.inputGradient(2))
  }
}

extension Graph {
  /// (x − mean) / √(variance + ε) over the last `axisCount` axes, the variance being that of all their elements (divided
  /// by their number); where not `centred`, x / √(mean x² + ε). Then times `weight`, plus `bias`, both of the shape of
  /// those axes.
  public mutating func addNormalization(
    input: Int, axisCount: Int, centred: Bool, epsilon: Double, weight: Int? = nil, bias: Int? = nil
  ) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    let rank = x.dimensions.count
    try require(rank > 0, "the input has shape (); a normalization needs an axis")
    try require(
      axisCount > 0 && axisCount <= rank,
      "axis_count is \(axisCount); for an input of shape \(x) it must be in 1 ... \(rank)")
    try require(
      epsilon.isFinite && epsilon >= 0, "epsilon is \(epsilon); it must be finite, and not negative")
    let axes = try Shape(x.dimensions.suffix(axisCount))
    for (argument, id) in [("weight", weight), ("bias", bias)] {
      guard let id else { continue }
      let shape = try node(id, as: .shared, argument: argument).shape
      try require(
        shape == axes,
        "\(argument) \(name(of: id)) has shape \(shape); a normalization over the last \(axisCount) axes of shape \(x) needs \(axes)"
      )
    }
    return append(
      Normalization(
        rows: x.count / axes.count, columns: axes.count, centred: centred, epsilon: epsilon,
        weight: weight == nil ? nil : 1, bias: bias == nil ? nil : weight == nil ? 1 : 2),
      inputs: [input] + [weight, bias].compactMap { $0 }, shape: x)
  }

  /// x[c, …] scale[c] + shift[c] for an input (C, …).
  public mutating func addChannelAffine(input: Int, scale: Int, shift: Int) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    guard let channels = x.dimensions.first else {
      throw InvalidArgument("the input has shape (); it needs an axis of channels")
    }
    for (argument, id) in [("scale", scale), ("shift", shift)] {
      let shape = try node(id, as: .shared, argument: argument).shape
      try require(
        shape.dimensions == [channels],
        "\(argument) \(name(of: id)) has shape \(shape); an input of shape \(x) needs (\(channels),)")
    }
    return append(
      ChannelAffine(channels: channels, places: x.count / channels), inputs: [input, scale, shift], shape: x)
  }
}
