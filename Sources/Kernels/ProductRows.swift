/// Sums of up to four rows of a tile, and one or two registers of columns.
struct FourRows {
  private var s0 = TwoRegisters()
  private var s1 = TwoRegisters()
  private var s2 = TwoRegisters()
  private var s3 = TwoRegisters()

  @_transparent
  init() {}

  /// + A y
  @_transparent
  mutating func add(
    _ rows: Int, _ registers: Int, _ a: UnsafePointer<Kernels.Element>, _ aRowStep: Int, _ y0: Kernels.Vector,
    _ y1: Kernels.Vector
  ) {
    if rows > 0 { s0.add(registers, a[0], y0, y1) }
    if rows > 1 { s1.add(registers, a[aRowStep], y0, y1) }
    if rows > 2 { s2.add(registers, a[2 &* aRowStep], y0, y1) }
    if rows > 3 { s3.add(registers, a[3 &* aRowStep], y0, y1) }
  }

  @_transparent
  mutating func scale(_ rows: Int, _ registers: Int, _ factor: Kernels.Element) {
    if rows > 0 { s0.scale(registers, factor) }
    if rows > 1 { s1.scale(registers, factor) }
    if rows > 2 { s2.scale(registers, factor) }
    if rows > 3 { s3.scale(registers, factor) }
  }

  /// + beta C
  @_transparent
  mutating func add(
    _ rows: Int, _ registers: Int, _ masked: Bool, _ lanes: Kernels.Lanes,
    _ c: UnsafeMutablePointer<Kernels.Element>, _ cRowStep: Int, times beta: Kernels.Element
  ) {
    if rows > 0 { s0.add(registers, masked, lanes, c, times: beta) }
    if rows > 1 { s1.add(registers, masked, lanes, c + cRowStep, times: beta) }
    if rows > 2 { s2.add(registers, masked, lanes, c + 2 &* cRowStep, times: beta) }
    if rows > 3 { s3.add(registers, masked, lanes, c + 3 &* cRowStep, times: beta) }
  }

  @_transparent
  func store(
    _ rows: Int, _ registers: Int, _ masked: Bool, _ lanes: Kernels.Lanes,
    _ c: UnsafeMutablePointer<Kernels.Element>, _ cRowStep: Int
  ) {
    if rows > 0 { s0.store(registers, masked, lanes, c) }
    if rows > 1 { s1.store(registers, masked, lanes, c + cRowStep) }
    if rows > 2 { s2.store(registers, masked, lanes, c + 2 &* cRowStep) }
    if rows > 3 { s3.store(registers, masked, lanes, c + 3 &* cRowStep) }
  }
}

/// Of one row. Only the last register that is used may be masked.
struct TwoRegisters {
  private var first = Kernels.Vector()
  private var second = Kernels.Vector()

  @_transparent
  init() {}

  @_transparent
  mutating func add(_ registers: Int, _ x: Kernels.Element, _ y0: Kernels.Vector, _ y1: Kernels.Vector) {
    let x = Kernels.Vector(repeating: x)
    first = Kernels.multiplyAdd(x, y0, first)
    if registers == 2 { second = Kernels.multiplyAdd(x, y1, second) }
  }

  @_transparent
  mutating func scale(_ registers: Int, _ factor: Kernels.Element) {
    first *= Kernels.Vector(repeating: factor)
    if registers == 2 { second *= Kernels.Vector(repeating: factor) }
  }

  @_transparent
  mutating func add(
    _ registers: Int, _ masked: Bool, _ lanes: Kernels.Lanes, _ c: UnsafeMutablePointer<Kernels.Element>,
    times beta: Kernels.Element
  ) {
    let beta = Kernels.Vector(repeating: beta)
    first = Kernels.multiplyAdd(
      beta, masked && registers == 1 ? Kernels.load(lanes, c) : Kernels.load(c), first)
    if registers == 2 {
      let c = c + Kernels.laneCount
      second = Kernels.multiplyAdd(beta, masked ? Kernels.load(lanes, c) : Kernels.load(c), second)
    }
  }

  @_transparent
  func store(
    _ registers: Int, _ masked: Bool, _ lanes: Kernels.Lanes, _ c: UnsafeMutablePointer<Kernels.Element>
  ) {
    if masked && registers == 1 { Kernels.store(lanes, first, to: c) } else { Kernels.store(first, to: c) }
    if registers == 2 {
      let c = c + Kernels.laneCount
      if masked { Kernels.store(lanes, second, to: c) } else { Kernels.store(second, to: c) }
    }
  }
}
