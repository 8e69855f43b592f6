/// Inputs one after the other along an axis.
struct Concatenation: Operation {
  /// Over each input and the result.
  let loops: [StridedLoops]

  var backwardReads: (inputs: Bool, output: Bool) { (false, false) }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    for (position, loops) in loops.enumerated() {
      loops.copy(batch: operands.batch, operands.input(position), to: operands.output)
    }
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    for (position, loops) in loops.enumerated() {
      guard let dx = operands.inputGradient(position) else { continue }
      loops.addBack(batch: operands.batch, scale: 1, operands.outputGradient, to: dx)
    }
  }
}

extension Graph {
  public mutating func addConcatenation(_ inputs: [Int], axis: Int) throws(InvalidArgument) -> Int {
    try require(!inputs.isEmpty, "a concatenation needs at least one input")
    var shapes: [Shape] = []
    for id in inputs { shapes.append(try node(id, as: .sample, .shared, argument: "input").shape) }
    let first = shapes[0].dimensions
    try require(
      first.indices.contains(axis),
      "axis is \(axis); an input of shape \(shapes[0]) has axes 0 ..< \(first.count)")
    var total = 0
    for shape in shapes {
      var expected = first
      if shape.dimensions.indices.contains(axis) { expected[axis] = shape.dimensions[axis] }
      try require(
        shape.dimensions == expected,
        "shapes \(shapes[0]) and \(shape) cannot be joined along axis \(axis): the other extents must be equal"
      )
      total += shape.dimensions[axis]
    }
    var dimensions = first
    dimensions[axis] = total
    let result = try Shape(dimensions)
    let isShared = inputs.allSatisfy { self.isShared($0) }
    var start = 0
    var loops: [StridedLoops] = []
    for (id, shape) in zip(inputs, shapes) {
      loops.append(
        StridedLoops(
          extents: shape.dimensions,
          .init(shape: shape, broadcastTo: shape, isShared: self.isShared(id)),
          .init(
            steps: result.steps, sampleStep: isShared ? 0 : result.count, offset: start * result.steps[axis]))
      )
      start += shape.dimensions[axis]
    }
    return append(Concatenation(loops: loops), inputs: inputs, shape: result)
  }
}
