import KernelInterface

/// x (C, H, W) ⋆ W (O, C / groups, rows, columns) + b (O) → y (O, H′, W′).
///
/// Windows become the columns of a matrix, which is multiplied with the weight, group by group. So many windows at a
/// time that the matrix stays in the caches and the product is worth its call: those of several samples, or some rows of
/// one sample's.
struct Convolution: Operation {
  let windows: Windows
  let groups: Int
  /// Channels of a group.
  let inputs: Int
  let outputs: Int
  let hasBias: Bool
  /// In one product; one of them is all there are.
  private let samplesAtOnce: Int
  private let rowsAtOnce: Int

  /// Elements of the matrix of columns: 1 MiB of Float.
  private static var columnsLimit: Int { 1 << 18 }
  /// More windows in a product make it no faster; fewer are worth a copy only where it is needed anyway, or they are
  /// very few.
  private static var windowsWanted: Int { 256 }
  private static var fewWindows: Int { 16 }

  init(windows: Windows, groups: Int, inputs: Int, outputs: Int, hasBias: Bool) {
    (self.windows, self.groups, self.hasBias) = (windows, groups, hasBias)
    (self.inputs, self.outputs) = (inputs, outputs)
    let (count, size) = (windows.resultCount, inputs * windows.kernel.rows * windows.kernel.columns)
    let windowsLimit = max(1, Self.columnsLimit / size)
    samplesAtOnce =
      windows.isPointwise && count >= Self.fewWindows
      ? 1 : max(1, min(Self.windowsWanted, windowsLimit) / count)
    // Parts of equal size, as few as there may be.
    let rowsLimit = windows.isPointwise ? windows.result.rows : max(1, windowsLimit / windows.result.columns)
    let parts = (windows.result.rows + rowsLimit - 1) / rowsLimit
    rowsAtOnce = (windows.result.rows + parts - 1) / parts
  }

  var multipliesMatrices: Bool { true }
  var dividesSharedGradients: Bool { true }
  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  var scratchCount: Int {
    let block = Block(sample: 0, samples: samplesAtOnce, row: 0, rows: rowsAtOnce)
    let width = block.count(windows)
    return (needsColumns(block) ? windowSize * width : 0) + (isWhole(block) ? 0 : outputs * width)
  }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    forEachBlock(batch: operands.batch) { block, group in
      let width = block.count(windows)
      let columns = columns(of: block, group, operands)
      let result =
        isWhole(block)
        ? operands.output + outputOffset(block.sample, group) : operands.scratch + windowSize * width
      operands.multiply(
        GEMM(
          m: outputs, n: width, k: windowSize, a: operands.input(1) + group * outputs * windowSize,
          b: columns, c: result))
      if hasBias {
        T.kernels.addColumnVector(
          rows: outputs, columns: width, vector: operands.input(2) + group * outputs, matrix: result)
      }
      if !isWhole(block) {
        forEachSample(of: block) { sample, offset, length in
          T.kernels.copyRows(
            rows: outputs, columns: length, from: result + offset, step: width,
            to: operands.output + outputOffset(sample, group) + block.row * windows.result.columns,
            step: windows.resultCount)
        }
      }
    }
  }

  /// dW += dy colᵀ; dcol = Wᵀ dy, which goes back to where the columns came from; db += Σ dy
  func backward<T: Scalar>(_ operands: Operands<T>) {
    let part = operands.share(of: outputs)
    let dx = operands.inputGradient(0)
    let dWeight = part.isEmpty ? nil : operands.inputGradient(1)
    if dx != nil || dWeight != nil {
      forEachBlock(batch: operands.batch) { block, group in
        let width = block.count(windows)
        let weightOffset = group * outputs * windowSize
        let dy = outputGradient(of: block, group, operands)
        if let dWeight {
          operands.multiply(
            GEMM(
              m: part.count, n: windowSize, k: width, a: dy + part.lowerBound * width,
              b: columns(of: block, group, operands), transposeB: true, beta: 1,
              c: dWeight + weightOffset + part.lowerBound * windowSize))
        }
        if let dx {
          let direct = !needsColumns(block)
          let columns = direct ? dx + inputOffset(block.sample, group) : operands.scratch
          operands.multiply(
            GEMM(
              m: windowSize, n: width, k: outputs, a: operands.input(1) + weightOffset, transposeA: true,
              b: dy, beta: direct ? 1 : 0, c: columns))
          if !direct {
            forEachSample(of: block) { sample, offset, _ in
              T.kernels.columnsToImage(
                windows, channels: inputs, firstRow: block.row, rows: block.rows, columns: columns + offset,
                rowStep: width, image: dx + inputOffset(sample, group))
            }
          }
        }
      }
    }
    if operands.isFirstPart, let dBias = operands.inputGradient(2) {
      T.kernels.addChannelSums(
        samples: operands.batch, channels: groups * outputs, places: windows.resultCount,
        input: operands.outputGradient, vector: dBias)
    }
  }
}

// MARK: What goes into one product

extension Convolution {
  /// Some rows of windows of some samples; more than one sample only with all of their rows.
  private struct Block {
    let sample, samples, row, rows: Int
    func count(_ windows: Windows) -> Int { samples * rows * windows.result.columns }
  }

  /// Elements of a window, in all channels of a group.
  private var windowSize: Int { inputs * windows.kernel.rows * windows.kernel.columns }

  private func inputOffset(_ sample: Int, _ group: Int) -> Int {
    (sample * groups + group) * inputs * windows.planeCount
  }

  private func outputOffset(_ sample: Int, _ group: Int) -> Int {
    (sample * groups + group) * outputs * windows.resultCount
  }

  /// Whether it is all of one sample: then the result's memory is the product's.
  private func isWhole(_ block: Block) -> Bool { block.samples == 1 && block.rows == windows.result.rows }

  /// Whether the input's memory is not the matrix of columns already.
  private func needsColumns(_ block: Block) -> Bool { !windows.isPointwise || block.samples > 1 }

  private func forEachBlock(batch: Int, _ body: (Block, _ group: Int) -> Void) {
    for sample in stride(from: 0, to: batch, by: samplesAtOnce) {
      for row in stride(from: 0, to: windows.result.rows, by: rowsAtOnce) {
        let block = Block(
          sample: sample, samples: min(samplesAtOnce, batch - sample), row: row,
          rows: min(rowsAtOnce, windows.result.rows - row))
        for group in 0..<groups { body(block, group) }
      }
    }
  }

  /// Each sample, the first of its columns, and how many it has.
  private func forEachSample(of block: Block, _ body: (_ sample: Int, _ offset: Int, _ length: Int) -> Void) {
    let length = block.rows * windows.result.columns
    for i in 0..<block.samples { body(block.sample + i, i * length, length) }
  }

  private func columns<T: Scalar>(of block: Block, _ group: Int, _ operands: Operands<T>) -> UnsafePointer<T>
  {
    let x = operands.input(0)
    guard needsColumns(block) else { return x + inputOffset(block.sample, group) }
    forEachSample(of: block) { sample, offset, _ in
      T.kernels.imageToColumns(
        windows, channels: inputs, firstRow: block.row, rows: block.rows,
        image: x + inputOffset(sample, group), columns: operands.scratch + offset,
        rowStep: block.count(windows))
    }
    return UnsafePointer(operands.scratch)
  }

  /// One row for each output channel.
  private func outputGradient<T: Scalar>(of block: Block, _ group: Int, _ operands: Operands<T>)
    -> UnsafePointer<T>
  {
    let dy = operands.outputGradient
    guard !isWhole(block) else { return dy + outputOffset(block.sample, group) }
    let width = block.count(windows)
    let gathered = operands.scratch + windowSize * width
    forEachSample(of: block) { sample, offset, length in
      T.kernels.copyRows(
        rows: outputs, columns: length,
        from: dy + outputOffset(sample, group) + block.row * windows.result.columns,
        step: windows.resultCount, to: gathered + offset, step: width)
    }
    return UnsafePointer(gathered)
  }
}

extension Windows {
  /// Whether each window is one element, and each element one window.
  fileprivate var isPointwise: Bool {
    kernel == (1, 1) && stride == (1, 1) && padding == (0, 0)
  }
}

extension Graph {
  /// The cross-correlation of input (C, H, W) with weight (O, C / groups, rows, columns), plus bias (O). Pairs are for
  /// (rows, columns); padding is with zeros, on every side.
  public mutating func addConvolution(
    input: Int, weight: Int, bias: Int?, stride: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0),
    dilation: (Int, Int) = (1, 1), groups: Int = 1
  ) throws(InvalidArgument) -> Int {
    let x = try node(input, as: .sample, .shared, argument: "input").shape
    let w = try node(weight, as: .shared, argument: "weight").shape
    try require(
      x.dimensions.count == 3, "the input has shape \(x); a convolution needs (channels, rows, columns)")
    try require(
      w.dimensions.count == 4,
      "weight \(name(of: weight)) has shape \(w); a convolution needs (out, in / groups, rows, columns)")
    let (channels, outputs) = (x.dimensions[0], w.dimensions[0])
    try require(
      groups > 0 && channels % groups == 0 && outputs % groups == 0,
      "groups is \(groups); it must divide the input's \(channels) channels and the result's \(outputs)")
    try require(
      w.dimensions[1] == channels / groups,
      "weight \(name(of: weight)) of shape \(w) takes \(w.dimensions[1]) channels in each group, but the input of shape \(x) has \(channels / groups) in each of \(groups)"
    )
    if let bias {
      let b = try node(bias, as: .shared, argument: "bias").shape
      try require(
        b.dimensions == [outputs],
        "bias \(name(of: bias)) has shape \(b); weight \(name(of: weight)) of shape \(w) needs (\(outputs),)")
    }
    let windows = try Windows(
      over: x, kernel: (w.dimensions[2], w.dimensions[3]), stride: stride, padding: padding,
      dilation: dilation)
    let result = try Shape([outputs, windows.result.rows, windows.result.columns])
    let elements = w.count / outputs * windows.resultCount
    try require(
      elements <= Shape.countLimit,
      "the windows of an input of shape \(x) under a weight of shape \(w) have \(elements) elements; they must have at most \(Shape.countLimit), the most an array may have"
    )
    let (groupInputs, groupOutputs) = (channels / groups, outputs / groups)
    let operation: any Operation =
      DirectConvolution.isSuitable(
        windows, groups: groups, outputs: groupOutputs, weightCount: w.count / groups)
      ? DirectConvolution(
        windows: windows, groups: groups, inputs: groupInputs, outputs: groupOutputs, hasBias: bias != nil)
      : Convolution(
        windows: windows, groups: groups, inputs: groupInputs, outputs: groupOutputs, hasBias: bias != nil)
    return append(operation, inputs: [input, weight] + (bias.map { [$0] } ?? []), shape: result)
  }
}
