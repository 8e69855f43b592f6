import KernelInterface

/// The same as `Convolution`, without columns: along padded copies of one sample's planes (`PaddedPlanes`), so that no sum
/// is of several samples. For windows that are many, and not far apart; see `isSuitable`.
///
/// The gradient of the input is a convolution of the result's gradient; where windows step over elements, one for each
/// phase of the step, by those elements of the kernel that meet it.
package struct DirectConvolution: Operation {
  let groups: Int
  /// Channels of a group.
  let inputs: Int
  let outputs: Int
  let hasBias: Bool
  private let windows: Windows
  private let planes: PaddedPlanes
  private let result: ConvolutionPass
  private let gradientPlanes: PaddedPlanes
  private let gradients: [ConvolutionPass]
  private let weightRun: WeightGradientRun
  /// Of each column of the weight, padded to whole blocks.
  private let columnOffsets: [Int]
  private let layout: Layout

  package init(windows: Windows, groups: Int, inputs: Int, outputs: Int, hasBias: Bool) {
    (self.windows, self.groups, self.hasBias) = (windows, groups, hasBias)
    (self.inputs, self.outputs) = (inputs, outputs)
    (planes, result) = ConvolutionPass.result(windows, inputs: inputs, outputs: outputs)
    (gradientPlanes, gradients) = ConvolutionPass.gradients(windows, inputs: inputs, outputs: outputs)
    weightRun = WeightGradientRun(
      outputs: outputs, columns: inputs * windows.kernel.rows * windows.kernel.columns,
      rows: windows.result.rows, width: windows.result.columns, pitch: planes.pitch)
    let (planeCount, offsets) = (planes.count, result.offsets)
    var columns = (0..<inputs).flatMap { input in offsets.map { input * planeCount + $0 } }
    columns += Array(repeating: 0, count: weightRun.paddedColumns - columns.count)
    columnOffsets = columns
    layout = Layout(
      planes: inputs * planes.count, gradientPlanes: outputs * gradientPlanes.count, result: result,
      gradients: gradients, weightRun: weightRun)
  }

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  var dividesSharedGradients: Bool { true }
  var writesNewGradients: Bool { true }
  var worksBySample: Bool { true }
  package var scratchCount: Int { layout.count }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    convolve(
      T.kernels, samples: operands.batch, input: operands.input(0), weight: operands.input(1),
      bias: hasBias ? operands.input(2) : nil, output: operands.output, scratch: operands.scratch)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    let (dy, scratch) = (operands.outputGradient, operands.scratch)
    if let dx = operands.inputGradient(0) {
      addInputGradient(
        T.kernels, samples: operands.batch, weight: operands.input(1), outputGradient: dy, to: dx,
        isNew: operands.isNew(0), scratch: scratch)
    }
    if let dWeight = operands.inputGradient(1) {
      addWeightGradient(
        T.kernels, samples: operands.batch, input: operands.input(0), outputGradient: dy, to: dWeight,
        columns: operands.share(of: weightRun.columns, block: WeightGradientRun.blockSize), scratch: scratch)
    }
    if operands.isFirstPart, let dBias = operands.inputGradient(2) {
      T.kernels.addChannelSums(
        samples: operands.batch, channels: groups * outputs, places: windows.resultCount, input: dy,
        vector: dBias)
    }
  }
}

// MARK: With the kernels of any instruction set

extension DirectConvolution {
  package func convolve<T: Scalar>(
    _ kernels: any KernelSet<T>.Type, samples: Int, input: UnsafePointer<T>, weight: UnsafePointer<T>,
    bias: UnsafePointer<T>?, output: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>
  ) {
    let (copies, packed) = (scratch + layout.planes, scratch + layout.packed)
    copies.zero(count: inputs * planes.count)
    for group in 0..<groups {
      pack(kernels, result, weight + group * weightCount, isTransposed: false, packed)
      for sample in 0..<samples {
        kernels.fillPlanes(
          planes, channels: inputs, image: input + inputOffset(sample, group), copy: copies)
        kernels.convolve(
          result.run, planes: copies, offsets: result.offsets, packed: packed,
          bias: bias.map { $0 + group * outputs }, adds: false, scratch: scratch + layout.sums,
          result: output + outputOffset(sample, group))
      }
    }
  }

  package func addInputGradient<T: Scalar>(
    _ kernels: any KernelSet<T>.Type, samples: Int, weight: UnsafePointer<T>,
    outputGradient: UnsafePointer<T>, to dx: UnsafeMutablePointer<T>, isNew: Bool,
    scratch: UnsafeMutablePointer<T>
  ) {
    // Elements that no window meets are in no run.
    if isNew && !meetsAll { dx.zero(count: samples * groups * inputs * windows.planeCount) }
    let copies = scratch + layout.planes
    copies.zero(count: outputs * gradientPlanes.count)
    for group in 0..<groups {
      var packed = scratch + layout.packed
      for pass in gradients {
        pack(kernels, pass, weight + group * weightCount, isTransposed: true, packed)
        packed += pass.run.packedCount
      }
      for sample in 0..<samples {
        kernels.fillPlanes(
          gradientPlanes, channels: outputs, image: outputGradient + outputOffset(sample, group),
          copy: copies)
        var packed = scratch + layout.packed
        for pass in gradients {
          kernels.convolve(
            pass.run, planes: copies, offsets: pass.offsets, packed: packed, bias: nil,
            adds: !(isNew && meetsAll), scratch: scratch + layout.sums,
            result: dx + inputOffset(sample, group) + pass.start)
          packed += pass.run.packedCount
        }
      }
    }
  }

  /// - Parameter columns: those that are wanted, from the beginning of a block on; nil: all.
  package func addWeightGradient<T: Scalar>(
    _ kernels: any KernelSet<T>.Type, samples: Int, input: UnsafePointer<T>,
    outputGradient: UnsafePointer<T>, to dWeight: UnsafeMutablePointer<T>,
    columns: Range<Int>? = nil, scratch: UnsafeMutablePointer<T>
  ) {
    let columns = columns ?? 0..<weightRun.columns
    if columns.isEmpty { return }
    let run = WeightGradientRun(weightRun, columns: columns)
    // The input channels that these columns are of.
    let size = windows.kernel.rows * windows.kernel.columns
    let channels = columns.lowerBound / size..<(columns.upperBound + size - 1) / size
    let copies = scratch + layout.planes
    let (panels, sums) = (scratch + layout.panels, scratch + layout.sums)
    let ownCopies = copies + channels.lowerBound * planes.count
    ownCopies.zero(count: channels.count * planes.count)
    panels.zero(count: run.gradientCount)
    columnOffsets.withUnsafeBufferPointer { offsets in
      let offsets = offsets.baseAddress.unsafelyUnwrapped + columns.lowerBound
      for group in 0..<groups {
        sums.zero(count: run.sumCount)
        for sample in 0..<samples {
          let image = input + inputOffset(sample, group) + channels.lowerBound * windows.planeCount
          kernels.fillPlanes(planes, channels: channels.count, image: image, copy: ownCopies)
          kernels.gradientPanels(
            run, outputGradient: outputGradient + outputOffset(sample, group), panels: panels)
          kernels.addWeightGradient(run, planes: copies, offsets: offsets, panels: panels, sums: sums)
        }
        kernels.addWeightSums(
          run, sums: sums, weightGradient: dWeight + group * weightCount + columns.lowerBound)
      }
    }
  }

  /// Transposed, the result's channels are the inputs.
  private func pack<T: Scalar>(
    _ kernels: any KernelSet<T>.Type, _ pass: ConvolutionPass, _ weight: UnsafePointer<T>, isTransposed: Bool,
    _ packed: UnsafeMutablePointer<T>
  ) {
    let size = windows.kernel.rows * windows.kernel.columns
    let (inputStep, outputStep) = isTransposed ? (inputs * size, size) : (size, inputs * size)
    // A part of the taps only where windows step over elements.
    if pass.taps.count == size {
      kernels.packConvolutionWeight(
        pass.run, taps: nil, inputStep: inputStep, outputStep: outputStep, weight: weight, packed: packed)
    } else {
      kernels.packConvolutionWeight(
        pass.run, taps: pass.taps, inputStep: inputStep, outputStep: outputStep, weight: weight,
        packed: packed)
    }
  }

  /// Whether each element of the input is in a run of gradients.
  private var meetsAll: Bool {
    gradients.reduce(0) { $0 + $1.run.rows * $1.run.columns } == windows.planeCount
  }

  private var weightCount: Int { outputs * inputs * windows.kernel.rows * windows.kernel.columns }

  private func inputOffset(_ sample: Int, _ group: Int) -> Int {
    (sample * groups + group) * inputs * windows.planeCount
  }

  private func outputOffset(_ sample: Int, _ group: Int) -> Int {
    (sample * groups + group) * outputs * windows.resultCount
  }
}

extension DirectConvolution {
  /// Where things are in the scratch memory, in elements: planes first; then packed weights, or a sample's gradients in
  /// panels; then the sums.
  private struct Layout {
    let planes = 0
    let packed: Int
    let panels: Int
    let sums: Int
    let count: Int

    init(
      planes: Int, gradientPlanes: Int, result: ConvolutionPass, gradients: [ConvolutionPass],
      weightRun: WeightGradientRun
    ) {
      func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
      let packedCount = max(result.run.packedCount, gradients.reduce(0) { $0 + $1.run.packedCount })
      let runSums = max(result.run.scratchCount, gradients.map(\.run.scratchCount).max() ?? 0)
      packed = aligned(max(planes, gradientPlanes) + ConvolutionRun.longestVector)
      panels = packed
      sums = packed + aligned(max(packedCount, weightRun.gradientCount))
      count = sums + max(runSums, weightRun.sumCount)
    }
  }

  /// Whether it is faster than columns and a matrix product: where most of what is computed along a run is a result,
  /// weights are few beside the places that they meet, and channels of a group fill a block (which depthwise ones do not).
  static func isSuitable(_ windows: Windows, groups: Int, outputs: Int, weightCount: Int) -> Bool {
    let (plane, kernel, stride) = (windows.plane, windows.kernel, windows.stride)
    let span = (
      rows: windows.dilation.rows * (kernel.rows - 1),
      columns: windows.dilation.columns * (kernel.columns - 1)
    )
    guard stride.rows <= 4, stride.columns <= 4, groups == 1 || outputs >= 4,
      windows.resultCount >= 36 || windows.resultCount >= 16 && weightCount <= 4096,
      windows.padding.rows <= min(plane.rows, span.rows),
      windows.padding.columns <= min(plane.columns, span.columns)
    else { return false }
    return 2 * windows.result.columns >= plane.columns / stride.columns + windows.padding.columns
      && 2 * windows.result.rows >= plane.rows / stride.rows
  }
}
