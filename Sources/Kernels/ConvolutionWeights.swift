import KernelInterface

/// The gradient of a convolution's weight, without a matrix of columns.
extension Kernels {
  public static func gradientPanels(
    _ run: WeightGradientRun, outputGradient: UnsafePointer<Element>, panels: UnsafeMutablePointer<Element>
  ) {
    let width = run.panelWidth
    for panel in 0..<run.panels {
      let x = outputGradient + panel &* width &* run.places
      let y = panels + panel &* width &* run.places
      let channels = min(width, run.outputs &- panel &* width)
      transpose(rows: channels, columns: run.places, from: x, step: run.places, to: y, step: width)
    }
  }

  public static func addWeightGradient(
    _ run: WeightGradientRun, planes x: UnsafePointer<Element>, offsets: UnsafePointer<Int>,
    panels: UnsafePointer<Element>, sums: UnsafeMutablePointer<Element>
  ) {
    // So many rows at a time that their part of a panel stays in the first-level cache, and no sum gets long.
    let rowsAtOnce = max(1, 4096 / (run.panelWidth &* run.width))
    for panel in 0..<run.panels {
      let channels = min(run.panelWidth, run.outputs &- panel &* run.panelWidth)
      for row in stride(from: 0, to: run.rows, by: rowsAtOnce) {
        let rows = min(rowsAtOnce, run.rows &- row)
        let dy = panels + (panel &* run.places &+ row &* run.width) &* run.panelWidth
        for column in stride(from: 0, to: run.paddedColumns, by: WeightGradientRun.blockSize) {
          let sum = sums + (panel &* run.paddedColumns &+ column) &* run.panelWidth
          addWeightBlock(run, rows, channels, x + row &* run.pitch, offsets + column, dy, sum)
        }
      }
    }
  }

  /// A block of columns, for all channels of a panel.
  @inline(__always)
  private static func addWeightBlock(
    _ run: WeightGradientRun, _ rows: Int, _ channels: Int, _ x: UnsafePointer<Element>,
    _ offsets: UnsafePointer<Int>, _ dy: UnsafePointer<Element>, _ sum: UnsafeMutablePointer<Element>
  ) {
    var o = 0
    #if VECTOR512
      while o &+ laneCount < channels {
        addWeightTile(run, rows, vectors: 2, x, offsets, dy + o, sum + o)
        o &+= 2 &* laneCount
      }
    #endif
    while o < channels {
      addWeightTile(run, rows, vectors: 1, x, offsets, dy + o, sum + o)
      o &+= laneCount
    }
  }

  /// One or two vectors of channels.
  private struct Channels {
    var first = Vector(repeating: 0)
    var second = Vector(repeating: 0)

    @inline(__always)
    init() {}

    @inline(__always)
    init(_ x: UnsafePointer<Element>, _ vectors: Int) {
      first = load(x)
      if vectors > 1 { second = load(x + laneCount) }
    }

    @inline(__always)
    mutating func add(_ factor: Element, times x: Channels, _ vectors: Int) {
      let factor = Vector(repeating: factor)
      first = multiplyAdd(factor, x.first, first)
      if vectors > 1 { second = multiplyAdd(factor, x.second, second) }
    }

    @inline(__always)
    func add(to y: UnsafeMutablePointer<Element>, _ vectors: Int) {
      Kernels.store(load(y) + first, to: y)
      if vectors > 1 { Kernels.store(load(y + laneCount) + second, to: y + laneCount) }
    }
  }

  @inline(__always)
  private static func addWeightTile(
    _ run: WeightGradientRun, _ rows: Int, vectors: Int, _ x: UnsafePointer<Element>,
    _ offsets: UnsafePointer<Int>, _ dy: UnsafePointer<Element>, _ sum: UnsafeMutablePointer<Element>
  ) {
    var (s0, s1, s2) = (Channels(), Channels(), Channels())
    var (s3, s4, s5) = (Channels(), Channels(), Channels())
    var (s6, s7, s8) = (Channels(), Channels(), Channels())
    let (o0, o1, o2) = (offsets[0], offsets[1], offsets[2])
    let (o3, o4, o5) = (offsets[3], offsets[4], offsets[5])
    let (o6, o7, o8) = (offsets[6], offsets[7], offsets[8])
    let step = run.panelWidth
    var dy = dy
    for r in 0..<rows {
      var x = x + r &* run.pitch
      for _ in 0..<run.width {
        let channels = Channels(dy, vectors)
        s0.add(x[o0], times: channels, vectors)
        s1.add(x[o1], times: channels, vectors)
        s2.add(x[o2], times: channels, vectors)
        s3.add(x[o3], times: channels, vectors)
        s4.add(x[o4], times: channels, vectors)
        s5.add(x[o5], times: channels, vectors)
        s6.add(x[o6], times: channels, vectors)
        s7.add(x[o7], times: channels, vectors)
        s8.add(x[o8], times: channels, vectors)
        x += 1
        dy += step
      }
    }
    s0.add(to: sum, vectors)
    s1.add(to: sum + step, vectors)
    s2.add(to: sum + 2 &* step, vectors)
    s3.add(to: sum + 3 &* step, vectors)
    s4.add(to: sum + 4 &* step, vectors)
    s5.add(to: sum + 5 &* step, vectors)
    s6.add(to: sum + 6 &* step, vectors)
    s7.add(to: sum + 7 &* step, vectors)
    s8.add(to: sum + 8 &* step, vectors)
  }

  public static func addWeightSums(
    _ run: WeightGradientRun, sums: UnsafePointer<Element>, weightGradient: UnsafeMutablePointer<Element>
  ) {
    for panel in 0..<run.panels {
      let start = panel &* run.panelWidth
      transpose(
        rows: run.columns, columns: min(run.panelWidth, run.outputs &- start),
        from: sums + start &* run.paddedColumns, step: run.panelWidth,
        to: weightGradient + start &* run.weightStep, step: run.weightStep, adds: true)
    }
  }
}
