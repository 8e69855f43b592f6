/// Parts of a matrix, copied so that a tile reads them in order.
extension Kernels {
  /// Steps `steps` of `width` columns of B, side by side, at most two registers: each step at a multiple of
  /// `registers` registers, filled up with zeros.
  static func packColumns(
    _ b: UnsafePointer<Element>, step: Int, steps: Int, width: Int, registers: Int,
    to panel: UnsafeMutablePointer<Element>
  ) {
    let last = firstLanes(width &- (registers &- 1) &* laneCount)
    let panelStep = registers &* laneCount
    for l in 0..<steps {
      let (x, y) = (b + l &* step, panel + l &* panelStep)
      if registers == 2 { store(load(x), to: y) }
      let end = (registers &- 1) &* laneCount
      store(load(last, x + end), to: y + end)
    }
  }

  /// The same of a matrix whose steps lie side by side, and whose columns `column` apart.
  static func packTransposed(
    _ b: UnsafePointer<Element>, column: Int, steps: Int, width: Int, registers: Int,
    to panel: UnsafeMutablePointer<Element>
  ) {
    let panelStep = registers &* laneCount
    for v in 0..<registers {
      let (x, y) = (b + v &* laneCount &* column, panel + v &* laneCount)
      let columns = min(laneCount, width &- v &* laneCount)
      for l in stride(from: 0, to: steps, by: laneCount) {
        transpose(x + l, step: column, rows: columns, columns: min(laneCount, steps &- l)) {
          store($1, to: y + (l &+ $0) &* panelStep)
        }
      }
    }
  }

  /// C ← beta C + Tᵀ, of a tile T.
  static func addTransposed(
    _ tile: UnsafePointer<Element>, step: Int, rows: Int, columns: Int, beta: Element,
    to c: UnsafeMutablePointer<Element>, cStep: Int
  ) {
    for i in stride(from: 0, to: rows, by: laneCount) {
      let count = min(laneCount, rows &- i)
      let lanes = firstLanes(count)
      for j in stride(from: 0, to: columns, by: laneCount) {
        let y = c + (j &* cStep &+ i)
        transpose(tile + (i &* step &+ j), step: step, rows: count, columns: min(laneCount, columns &- j)) {
          let y = y + $0 &* cStep
          let value = beta == 0 ? $1 : multiplyAdd(Vector(repeating: beta), load(lanes, y), $1)
          store(lanes, value, to: y)
        }
      }
    }
  }

  /// Hands over the columns of a matrix, at most as large as a register is long, as registers filled up with zeros.
  @inline(__always)
  private static func transpose(
    _ x: UnsafePointer<Element>, step: Int, rows: Int, columns: Int, _ body: (Int, Vector) -> Void
  ) {
    var square = InlineArray<16, Vector>(repeating: Vector())
    let lanes = firstLanes(columns)
    for i in 0..<laneCount {
      if i < rows { square[i] = load(lanes, x + i &* step) }
    }
    transpose(&square)
    for i in 0..<laneCount {
      if i < columns { body(i, square[i]) }
    }
  }
}
