import KernelInterface

/// One run of a convolution along padded planes, with the elements of the kernel that have a part in it.
struct ConvolutionPass: Sendable {
  let run: ConvolutionRun
  /// Which elements of the kernel.
  let taps: [Int]
  /// Where in the copy each of them meets the first result.
  let offsets: [Int]
  /// Where in a plane the first result is.
  let start: Int
}

extension ConvolutionPass {
  /// The result, and the copy of the input it is computed from.
  static func result(_ windows: Windows, inputs: Int, outputs: Int) -> (PaddedPlanes, ConvolutionPass) {
    let rows = Axis(windows, \.rows)
    let columns = Axis(windows, \.columns)
    let planes = PaddedPlanes(
      plane: windows.plane, before: windows.padding, step: windows.stride,
      phases: (rows.phases, columns.phases), extent: (rows.phaseExtent, columns.phaseExtent),
      columns: windows.result.columns)
    var offsets: [Int] = []
    for i in 0..<windows.kernel.rows {
      for j in 0..<windows.kernel.columns {
        let (row, column) = (rows.tap(i), columns.tap(j))
        offsets.append(
          (row.phase * planes.phases.columns + column.phase) * planes.phaseCount + row.shift * planes.pitch
            + column.shift)
      }
    }
    let run = ConvolutionRun(
      inputs: inputs, outputs: outputs, taps: offsets.count, rows: windows.result.rows,
      columns: windows.result.columns, pitch: planes.pitch, inputStep: planes.count,
      rowStep: windows.result.columns, columnStep: 1, outputStep: windows.resultCount)
    return (planes, ConvolutionPass(run: run, taps: Array(offsets.indices), offsets: offsets, start: 0))
  }

  /// The input's gradient, in every phase that windows meet, and the copy of the result's gradient that it is computed
  /// from.
  static func gradients(_ windows: Windows, inputs: Int, outputs: Int) -> (PaddedPlanes, [ConvolutionPass]) {
    let rows = Axis(windows, \.rows)
    let columns = Axis(windows, \.columns)
    let (rowPasses, columnPasses) = (rows.gradientPhases, columns.gradientPhases)
    let planes = PaddedPlanes(
      plane: windows.result, before: (rowPasses.before, columnPasses.before), step: (1, 1), phases: (1, 1),
      extent: (rowPasses.extent, columnPasses.extent), columns: columnPasses.phases.map(\.count).max() ?? 0)
    var passes: [ConvolutionPass] = []
    for a in rowPasses.phases {
      for b in columnPasses.phases {
        var (taps, offsets): ([Int], [Int]) = ([], [])
        for i in a.taps {
          for j in b.taps {
            taps.append(i.tap * windows.kernel.columns + j.tap)
            offsets.append((i.shift + rowPasses.before) * planes.pitch + j.shift + columnPasses.before)
          }
        }
        let run = ConvolutionRun(
          inputs: outputs, outputs: inputs, taps: taps.count, rows: a.count, columns: b.count,
          pitch: planes.pitch, inputStep: planes.count, rowStep: windows.stride.rows * windows.plane.columns,
          columnStep: windows.stride.columns, outputStep: windows.planeCount)
        passes.append(
          ConvolutionPass(
            run: run, taps: taps, offsets: offsets, start: a.phase * windows.plane.columns + b.phase))
      }
    }
    return (planes, passes)
  }
}

/// Windows along rows, or along columns.
private struct Axis {
  let plane, kernel, stride, padding, dilation, result: Int

  init(_ windows: Windows, _ axis: (Windows.Pair) -> Int) {
    (plane, kernel, stride) = (axis(windows.plane), axis(windows.kernel), axis(windows.stride))
    (padding, dilation, result) = (axis(windows.padding), axis(windows.dilation), axis(windows.result))
  }

  /// From the first element of a window to the last.
  private var span: Int { dilation * (kernel - 1) }
  /// Those that windows meet.
  var phases: Int { min(stride, span + 1) }
  var phaseExtent: Int { result + span / stride }

  func tap(_ i: Int) -> (phase: Int, shift: Int) {
    (i * dilation % stride, i * dilation / stride)
  }

  /// Elements phase, phase + stride, … of the plane: how many, and of which windows, counted from that of the same
  /// number, which elements of the kernel meet them.
  struct GradientPhase {
    let phase, count: Int
    let taps: [(tap: Int, shift: Int)]
  }

  /// With how many windows before the first one, and how many of them in all.
  var gradientPhases: (phases: [GradientPhase], before: Int, extent: Int) {
    let phases: [GradientPhase] = (0..<min(stride, plane)).compactMap { phase in
      let taps: [(tap: Int, shift: Int)] = (0..<kernel).compactMap { i in
        let distance = phase + padding - i * dilation
        return distance % stride == 0 ? (i, distance / stride) : nil
      }
      return taps.isEmpty
        ? nil : GradientPhase(phase: phase, count: (plane - phase + stride - 1) / stride, taps: taps)
    }
    let first = phases.flatMap(\.taps).map(\.shift).min() ?? 0
    let end = phases.flatMap { phase in phase.taps.map { $0.shift + phase.count } }.max() ?? 1
    return (phases, -first, end - first)
  }
}
