import KernelInterface

extension Windows {
  /// Windows over the last two axes of `shape`, which has three.
  ///
  /// Extents, strides, padding and dilation stay below 2³¹, so that nothing that the loops compute of them overflows.
  init(
    over shape: Shape, kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int)
  ) throws(InvalidArgument) {
    for (name, pair, least) in [
      ("kernel", kernel, 1), ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1),
    ] {
      let range = least...Shape.countLimit
      try require(
        range.contains(pair.0) && range.contains(pair.1),
        "\(name) is \(pair); both must be in \(least) ... \(Shape.countLimit)")
    }
    let plane = (rows: shape.dimensions[1], columns: shape.dimensions[2])
    let padded = (plane.rows + 2 * padding.0, plane.columns + 2 * padding.1)
    let span = (dilation.0 * (kernel.0 - 1) + 1, dilation.1 * (kernel.1 - 1) + 1)
    try require(
      span.0 <= padded.0 && span.1 <= padded.1,
      "a kernel of \(kernel) with dilation \(dilation) spans \(span); it must fit into the input of shape \(shape), which is \(padded) with its padding"
    )
    self.init(
      plane: plane, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      result: ((padded.0 - span.0) / stride.0 + 1, (padded.1 - span.1) / stride.1 + 1))
  }

  /// Elements of the plane, and windows over it.
  var planeCount: Int { plane.rows * plane.columns }
  var resultCount: Int { result.rows * result.columns }
}
