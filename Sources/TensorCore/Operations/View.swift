/// The input's elements seen through other steps: transposed, sliced, or repeated; a copy.
struct View: Operation {
  /// Over the input and the result.
  let loops: StridedLoops
  /// Whether each element of the input is seen once.
  let isPermutation: Bool

  var backwardReads: (inputs: Bool, output: Bool) { (false, false) }
  var writesNewGradients: Bool { isPermutation }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    loops.copy(batch: operands.batch, operands.input(0), to: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dx = operands.inputGradient(0) else { return }
    if operands.isNew(0) {
      loops.copyBack(batch: operands.batch, operands.outputGradient, to: dx)
    } else {
      loops.addBack(batch: operands.batch, scale: 1, operands.outputGradient, to: dx)
    }
  }
}

extension Graph {
  /// The same elements, in row-major order, in another shape. Nothing is copied.
  public mutating func addReshape(input: Int, shape: Shape) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, .label, argument: "input")
    try require(
      x.shape.count == shape.count,
      "the input has shape \(x.shape), which has \(x.shape.count) elements; shape \(shape) has \(shape.count)"
    )
    return append(.alias, inputs: [owner(of: input)], shape: shape, role: x.role)
  }

  /// Axis i of the result is axis `axes[i]` of the input.
  public mutating func addPermute(input: Int, axes: [Int]) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    try require(
      axes.sorted() == Array(x.dimensions.indices),
      "axes is \(axes); for an input of shape \(x) it must hold each of 0 ..< \(x.dimensions.count) once")
    let steps = x.steps
    return try addView(
      of: input, shape: try Shape(axes.map { x.dimensions[$0] }), steps: axes.map { steps[$0] }, offset: 0,
      isPermutation: true)
  }

  /// Along `axis` the `count` elements from `start` on, each `step` after the one before it.
  public mutating func addSlice(input: Int, axis: Int, start: Int, step: Int, count: Int)
    throws(InvalidArgument) -> Int
  {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    try require(
      x.dimensions.indices.contains(axis),
      "axis is \(axis); an input of shape \(x) has axes 0 ..< \(x.dimensions.count)")
    let extent = x.dimensions[axis]
    let range = 0..<extent
    let (span, overflow) = step.multipliedReportingOverflow(by: max(count, 1) - 1)
    try require(
      count > 0 && range.contains(start) && !overflow && span > -extent && span < extent
        && range.contains(start + span),
      "a slice of \(count) elements from \(start) on by steps of \(step) is not within axis \(axis) of shape \(x)"
    )
    var (dimensions, steps) = (x.dimensions, x.steps)
    let offset = start * steps[axis]
    dimensions[axis] = count
    // One element goes nowhere: its step may be any number.
    steps[axis] = count == 1 ? 0 : steps[axis] * step
    return try addView(of: input, shape: try Shape(dimensions), steps: steps, offset: offset)
  }

  /// The input repeated along new leading axes, and along axes where its extent is 1.
  public mutating func addExpand(input: Int, shape: Shape) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    try require(
      try Shape(broadcasting: x, shape) == shape,
      "an input of shape \(x) cannot be repeated to shape \(shape)")
    let operand = StridedLoops.Operand(shape: x, broadcastTo: shape, isShared: false)
    return try addView(of: input, shape: shape, steps: operand.steps, offset: 0)
  }

  private mutating func addView(
    of input: Int, shape: Shape, steps: [Int], offset: Int, isPermutation: Bool = false
  )
    throws(InvalidArgument) -> Int
  {
    let sampleStep = isShared(input) ? 0 : nodes[input].shape.count
    let loops = StridedLoops(
      extents: shape.dimensions, .init(steps: steps, sampleStep: sampleStep, offset: offset),
      .init(shape: shape, broadcastTo: shape, isShared: isShared(input)))
    return append(View(loops: loops, isPermutation: isPermutation), inputs: [input], shape: shape)
  }
}

extension Shape {
  /// By how many elements each axis moves, in row-major order.
  var steps: [Int] {
    var steps = dimensions
    var step = 1
    for axis in dimensions.indices.reversed() {
      steps[axis] = step
      step *= dimensions[axis]
    }
    return steps
  }
}
