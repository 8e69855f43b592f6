import KernelInterface

/// The largest element of each window of a plane.
struct MaxPool: Operation {
  let windows: Windows
  let channels: Int

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.maxPool(
      windows, planes: operands.batch * channels, input: operands.input(0), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.maxPoolBackward(
      windows, planes: operands.batch * channels, input: operands.input(0),
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

/// The mean of each window of a plane.
struct AveragePool: Operation {
  let windows: Windows
  let channels: Int
  let countsPadding: Bool

  var backwardReads: (inputs: Bool, output: Bool) { (false, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.averagePool(
      windows, planes: operands.batch * channels, countsPadding: countsPadding, input: operands.input(0),
      output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    T.kernels.averagePoolBackward(
      windows, planes: operands.batch * channels, countsPadding: countsPadding,
      outputGradient: operands.outputGradient, inputGradient: dx)
  }
}

extension Graph {
  /// The largest element of each window of input (C, H, W), in every channel. Pairs are for (rows, columns); padding is
  /// on every side, and is not counted among the elements.
  public mutating func addMaxPool(
    input: Int, kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int) = (0, 0),
    dilation: (Int, Int) = (1, 1)
  ) throws(InvalidArgument) -> Int {
    let pool = try pool(input, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    return append(
      MaxPool(windows: pool.windows, channels: pool.result.dimensions[0]), inputs: [input],
      shape: pool.result)
  }

  /// The mean of each window, of its elements alone or, where `countsPadding`, with the zeros of the padding.
  public mutating func addAveragePool(
    input: Int, kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int) = (0, 0),
    countsPadding: Bool = true
  ) throws(InvalidArgument) -> Int {
    let pool = try pool(input, kernel: kernel, stride: stride, padding: padding, dilation: (1, 1))
    return append(
      AveragePool(
        windows: pool.windows, channels: pool.result.dimensions[0], countsPadding: countsPadding),
      inputs: [input], shape: pool.result)
  }

  /// Windows that all meet the input.
  private func pool(
    _ input: Int, kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int)
  ) throws(InvalidArgument) -> (windows: Windows, result: Shape) {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    try require(
      x.dimensions.count == 3, "the input has shape \(x); pooling needs (channels, rows, columns)")
    let windows = try Windows(over: x, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    try require(
      padding.0 <= kernel.0 / 2 && padding.1 <= kernel.1 / 2,
      "padding is \(padding); it must be at most half of the kernel \(kernel), or a window would meet nothing else"
    )
    // Else two elements may lie on both sides of the input.
    try require(
      (padding.0 == 0 || dilation.0 <= windows.plane.rows)
        && (padding.1 == 0 || dilation.1 <= windows.plane.columns),
      "dilation is \(dilation); where there is padding it must be at most the input's extents, in shape \(x), or a window would meet nothing else"
    )
    return (windows, try Shape([x.dimensions[0], windows.result.rows, windows.result.columns]))
  }
}
