import KernelInterface

/// The same as `Convolution`, without columns: along padded copies of one sample's planes (`PaddedPlanes`), so that no sum
/// is of several samples. For windows that are many, and not far apart; see `isSuitable`.
///
/// The gradient of the input is a convolution of the result's gradient; where windows step over elements, one for each
/// phase of the step, by those elements of the kernel that meet it.
struct DirectConvolution: Operation {
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

  init(windows: Windows, groups: Int, inputs: Int, outputs: Int, hasBias: Bool) {
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
  var scratchCount: Int { layout.count }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    let scratch = operands.scratch
    for group in 0..<groups {
      let weight = operands.input(1) + group * weightCount
      let bias = hasBias ? operands.input(2) + group * outputs : nil
      pack(result, weight, isTransposed: false, scratch + layout.packed)
      (scratch + layout.planes).zero(count: inputs * planes.count)
      for sample in 0..<operands.batch {
        T.kernels.fillPlanes(
          planes, channels: inputs, image: operands.input(0) + inputOffset(sample, group),
          copy: scratch + layout.planes)
        T.kernels.convolve(
          result.run, planes: scratch + layout.planes, offsets: result.offsets, packed: scratch + layout.packed,
          bias: bias, adds: false, scratch: scratch + layout.sums,
          result: operands.output + outputOffset(sample, group))
      }
    }
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    for group in 0..<groups {
      if let dx = operands.inputGradient(0) { addInputGradient(dx, group, operands) }
      if let dWeight = operands.inputGradient(1) {
        addWeightGradient(dWeight + group * weightCount, group, operands)
      }
    }
    if let dBias = operands.inputGradient(2) {
      T.kernels.addChannelSums(
        samples: operands.batch, channels: groups * outputs, places: windows.resultCount,
        input: operands.outputGradient, vector: dBias)
    }
  }

  private func addInputGradient<T: Scalar>(
    _ dx: UnsafeMutablePointer<T>, _ group: Int, _ operands: Operands<T>
  ) {
    let scratch = operands.scratch
    var packed = scratch + layout.packed
    for pass in gradients {
      pack(pass, operands.input(1) + group * weightCount, isTransposed: true, packed)
      packed += pass.run.packedCount
    }
    (scratch + layout.planes).zero(count: outputs * gradientPlanes.count)
    for sample in 0..<operands.batch {
      T.kernels.fillPlanes(
        gradientPlanes, channels: outputs, image: operands.outputGradient + outputOffset(sample, group),
        copy: scratch + layout.planes)
      var packed = scratch + layout.packed
      for pass in gradients {
        T.kernels.convolve(
          pass.run, planes: scratch + layout.planes, offsets: pass.offsets, packed: packed, bias: nil,
          adds: true, scratch: scratch + layout.sums, result: dx + inputOffset(sample, group) + pass.start)
        packed += pass.run.packedCount
      }
    }
  }

  private func addWeightGradient<T: Scalar>(
    _ dWeight: UnsafeMutablePointer<T>, _ group: Int, _ operands: Operands<T>
  ) {
    let scratch = operands.scratch
    let (panels, sums) = (scratch + layout.panels, scratch + layout.sums)
    sums.zero(count: weightRun.sumCount)
    (scratch + layout.planes).zero(count: inputs * planes.count)
    for sample in 0..<operands.batch {
      T.kernels.fillPlanes(
        planes, channels: inputs, image: operands.input(0) + inputOffset(sample, group),
        copy: scratch + layout.planes)
      T.kernels.gradientPanels(
        weightRun, outputGradient: operands.outputGradient + outputOffset(sample, group), panels: panels)
      T.kernels.addWeightGradient(
        weightRun, planes: scratch + layout.planes, offsets: columnOffsets, panels: panels, sums: sums)
    }
    T.kernels.addWeightSums(weightRun, sums: sums, weightGradient: dWeight)
  }

  /// Transposed, the result's channels are the inputs.
  private func pack<T: Scalar>(
    _ pass: ConvolutionPass, _ weight: UnsafePointer<T>, isTransposed: Bool, _ packed: UnsafeMutablePointer<T>
  ) {
    let size = windows.kernel.rows * windows.kernel.columns
    let (inputStep, outputStep) = isTransposed ? (inputs * size, size) : (size, inputs * size)
    // A part of the taps only where windows step over elements.
    if pass.taps.count == size {
      T.kernels.packConvolutionWeight(
        pass.run, taps: nil, inputStep: inputStep, outputStep: outputStep, weight: weight, packed: packed)
    } else {
      T.kernels.packConvolutionWeight(
        pass.run, taps: pass.taps, inputStep: inputStep, outputStep: outputStep, weight: weight, packed: packed)
    }
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

  /// Whether it is faster than columns and a matrix product: where most of what is computed along a run is a result, and
  /// weights are few beside the places that they meet.
  static func isSuitable(_ windows: Windows) -> Bool {
    let (plane, kernel, stride) = (windows.plane, windows.kernel, windows.stride)
    let span = (
      rows: windows.dilation.rows * (kernel.rows - 1), columns: windows.dilation.columns * (kernel.columns - 1)
    )
    guard stride.rows <= 4, stride.columns <= 4, windows.resultCount >= 16,
      windows.padding.rows <= min(plane.rows, span.rows),
      windows.padding.columns <= min(plane.columns, span.columns)
    else { return false }
    return 2 * windows.result.columns >= plane.columns / stride.columns + windows.padding.columns
      && 2 * windows.result.rows >= plane.rows / stride.rows
  }
}
