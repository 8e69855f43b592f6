import KernelInterface

/// Some output channels of a convolution at up to three vectors of places, in registers.
extension Kernels {
  /// Up to three vectors side by side; those beyond `vectors`, which is known when it is compiled, take no register.
  private struct Places {
    var first = Vector(repeating: 0)
    var second = Vector(repeating: 0)
    var third = Vector(repeating: 0)

    @inline(__always)
    init() {}

    @inline(__always)
    init(_ x: UnsafePointer<Element>, _ vectors: Int) {
      first = load(x)
      if vectors > 1 { second = load(x + laneCount) }
      if vectors > 2 { third = load(x + 2 &* laneCount) }
    }

    @inline(__always)
    mutating func add(_ factor: Element, times x: Places, _ vectors: Int) {
      let factor = Vector(repeating: factor)
      first = multiplyAdd(factor, x.first, first)
      if vectors > 1 { second = multiplyAdd(factor, x.second, second) }
      if vectors > 2 { third = multiplyAdd(factor, x.third, third) }
    }

    @inline(__always)
    func store(_ y: UnsafeMutablePointer<Element>, _ vectors: Int) {
      Kernels.store(first, to: y)
      if vectors > 1 { Kernels.store(second, to: y + laneCount) }
      if vectors > 2 { Kernels.store(third, to: y + 2 &* laneCount) }
    }
  }

  /// y[o, place] = Σ weight[input, tap, o] x[input, tap's offset + place], over inputs and then taps, for four channels o
  /// and `vectors` vectors of places; for eight channels where there are registers for them, and they are wanted.
  @inline(__always)
  static func convolutionTile(
    _ run: ConvolutionRun, isTall: Bool, vectors: Int, x: UnsafePointer<Element>,
    offsets: UnsafePointer<Int>, weight: UnsafePointer<Element>, y: UnsafeMutablePointer<Element>
  ) {
    var (y0, y1, y2, y3) = (Places(), Places(), Places(), Places())
    var (y4, y5, y6, y7) = (Places(), Places(), Places(), Places())
    var (x, weight) = (x, weight)
    for _ in 0..<run.inputs {
      for tap in 0..<run.taps {
        let places = Places(x + offsets[tap], vectors)
        y0.add(weight[0], times: places, vectors)
        y1.add(weight[1], times: places, vectors)
        y2.add(weight[2], times: places, vectors)
        y3.add(weight[3], times: places, vectors)
        if isTall {
          y4.add(weight[4], times: places, vectors)
          y5.add(weight[5], times: places, vectors)
          y6.add(weight[6], times: places, vectors)
          y7.add(weight[7], times: places, vectors)
        }
        weight += ConvolutionRun.blockSize
      }
      x += run.inputStep
    }
    let step = run.scratchStep
    y0.store(y, vectors)
    y1.store(y + step, vectors)
    y2.store(y + 2 &* step, vectors)
    y3.store(y + 3 &* step, vectors)
    if isTall {
      y4.store(y + 4 &* step, vectors)
      y5.store(y + 5 &* step, vectors)
      y6.store(y + 6 &* step, vectors)
      y7.store(y + 7 &* step, vectors)
    }
  }

  /// All places of four or eight channels.
  @inline(__always)
  static func convolutionTiles(
    _ run: ConvolutionRun, isTall: Bool, x: UnsafePointer<Element>, offsets: UnsafePointer<Int>,
    weight: UnsafePointer<Element>, y: UnsafeMutablePointer<Element>
  ) {
    var place = 0
    var left = (run.places &+ laneCount &- 1) / laneCount
    // Four are two twos: one alone would wait for its own sums.
    while left == 3 || left > 4 {
      convolutionTile(
        run, isTall: isTall, vectors: 3, x: x + place, offsets: offsets, weight: weight, y: y + place)
      place &+= 3 &* laneCount
      left &-= 3
    }
    while left > 1 {
      convolutionTile(
        run, isTall: isTall, vectors: 2, x: x + place, offsets: offsets, weight: weight, y: y + place)
      place &+= 2 &* laneCount
      left &-= 2
    }
    if left == 1 {
      convolutionTile(
        run, isTall: isTall, vectors: 1, x: x + place, offsets: offsets, weight: weight, y: y + place)
    }
  }
}
