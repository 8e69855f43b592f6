import CSupport

/// The part of a product that stays in registers: some rows of A, times one or two registers of columns of B.
struct ProductTile {
  var k: Int
  /// Element (row, step) of A lies at row · aRowStep + step · aStep.
  var a: UnsafePointer<Kernels.Element>
  /// The fourth and eighth row. As if they had nothing to do with the first one: else the compiler would find every row's
  /// place from that of the row before, which takes longer than the arithmetic of one register.
  var a4, a8: UnsafePointer<Kernels.Element>
  var aRowStep, aStep: Int
  /// Columns lie side by side, and a step further at bStep.
  var b: UnsafePointer<Kernels.Element>
  var bStep: Int
  /// Of the last register.
  var lanes: Kernels.Lanes
  var c: UnsafeMutablePointer<Kernels.Element>
  var cRowStep: Int
  var scale, beta: Kernels.Element
  var prefetches: Bool
}

extension Kernels {
  /// As many as leave registers for a row of B and an element of A.
  @inline(__always)
  static var tileRows: Int {
    #if VECTOR512
      12
    #elseif FUSED_MULTIPLY_ADD
      6
    #else
      4
    #endif
  }

  /// Of one register: as many sums as hide how long one of them takes.
  @inline(__always)
  static var largestTileRows: Int {
    #if FUSED_MULTIPLY_ADD
      12
    #else
      8
    #endif
  }

  /// C ← scale A B + beta C. Each element is summed step by step, in one order whatever the tile.
  ///
  /// Everything that decides is a constant of the caller. `@_transparent` code is inlined before anything else is done to
  /// it; else the compiler would first merge the calls for different numbers of rows into one.
  @_transparent
  private static func multiply(rows: Int, registers: Int, masked: Bool, _ tile: ProductTile) {
    if tile.prefetches {
      prefetch(rows, registers, tile.c, tile.cRowStep)
    }
    var (rows0, rows4, rows8) = (FourRows(), FourRows(), FourRows())
    var (a, a4, a8, b) = (tile.a, tile.a4, tile.a8, tile.b)
    for _ in 0..<tile.k {
      let y0 = masked && registers == 1 ? load(tile.lanes, b) : load(b)
      let y1 = registers == 1 ? y0 : masked ? load(tile.lanes, b + laneCount) : load(b + laneCount)
      rows0.add(rows, registers, a, tile.aRowStep, y0, y1)
      rows4.add(rows &- 4, registers, a4, tile.aRowStep, y0, y1)
      rows8.add(rows &- 8, registers, a8, tile.aRowStep, y0, y1)
      a += tile.aStep
      a4 += tile.aStep
      a8 += tile.aStep
      b += tile.bStep
    }
    let (c0, c4, c8) = (tile.c, tile.c + 4 &* tile.cRowStep, tile.c + 8 &* tile.cRowStep)
    rows0.scale(rows, registers, tile.scale)
    rows4.scale(rows &- 4, registers, tile.scale)
    rows8.scale(rows &- 8, registers, tile.scale)
    // All of C is read before any of it is written: a load waits for a masked store nearby.
    if tile.beta != 0 {
      rows0.add(rows, registers, masked, tile.lanes, c0, tile.cRowStep, times: tile.beta)
      rows4.add(rows &- 4, registers, masked, tile.lanes, c4, tile.cRowStep, times: tile.beta)
      rows8.add(rows &- 8, registers, masked, tile.lanes, c8, tile.cRowStep, times: tile.beta)
    }
    rows0.store(rows, registers, masked, tile.lanes, c0, tile.cRowStep)
    rows4.store(rows &- 4, registers, masked, tile.lanes, c4, tile.cRowStep)
    rows8.store(rows &- 8, registers, masked, tile.lanes, c8, tile.cRowStep)
  }

  @inline(__always)
  static func prefetch(_ rows: Int, _ registers: Int, _ c: UnsafeMutablePointer<Element>, _ step: Int) {
    for r in 0..<rows {
      support_prefetch(c + r &* step)
      support_prefetch(c + (r &* step &+ registers &* laneCount &- 1))
      if registers == 2 { support_prefetch(c + (r &* step &+ laneCount)) }
    }
  }

  @inline(__always)
  static func multiply(rows: Int, registers: Int, isWhole: Bool, _ tile: ProductTile) {
    if registers == 2 {
      if rows == tileRows && isWhole { wholeTile(tile) } else { twoRegisters(rows: rows, tile) }
    } else {
      oneRegister(rows: rows, tile)
    }
  }

  @inline(never)
  private static func wholeTile(_ tile: ProductTile) {
    multiply(rows: tileRows, registers: 2, masked: false, tile)
  }

  @inline(never)
  private static func twoRegisters(rows: Int, _ tile: ProductTile) {
    switch rows {
    case 1: multiply(rows: 1, registers: 2, masked: true, tile)
    case 2: multiply(rows: 2, registers: 2, masked: true, tile)
    case 3: multiply(rows: 3, registers: 2, masked: true, tile)
    case 4: multiply(rows: 4, registers: 2, masked: true, tile)
    #if FUSED_MULTIPLY_ADD
      case 5: multiply(rows: 5, registers: 2, masked: true, tile)
      case 6: multiply(rows: 6, registers: 2, masked: true, tile)
    #endif
    #if VECTOR512
      case 7: multiply(rows: 7, registers: 2, masked: true, tile)
      case 8: multiply(rows: 8, registers: 2, masked: true, tile)
      case 9: multiply(rows: 9, registers: 2, masked: true, tile)
      case 10: multiply(rows: 10, registers: 2, masked: true, tile)
      case 11: multiply(rows: 11, registers: 2, masked: true, tile)
      case 12: multiply(rows: 12, registers: 2, masked: true, tile)
    #endif
    default: break
    }
  }

  @inline(never)
  private static func oneRegister(rows: Int, _ tile: ProductTile) {
    switch rows {
    case 1: multiply(rows: 1, registers: 1, masked: true, tile)
    case 2: multiply(rows: 2, registers: 1, masked: true, tile)
    case 3: multiply(rows: 3, registers: 1, masked: true, tile)
    case 4: multiply(rows: 4, registers: 1, masked: true, tile)
    case 5: multiply(rows: 5, registers: 1, masked: true, tile)
    case 6: multiply(rows: 6, registers: 1, masked: true, tile)
    case 7: multiply(rows: 7, registers: 1, masked: true, tile)
    case 8: multiply(rows: 8, registers: 1, masked: true, tile)
    #if FUSED_MULTIPLY_ADD
      case 9: multiply(rows: 9, registers: 1, masked: true, tile)
      case 10: multiply(rows: 10, registers: 1, masked: true, tile)
      case 11: multiply(rows: 11, registers: 1, masked: true, tile)
      case 12: multiply(rows: 12, registers: 1, masked: true, tile)
    #endif
    default: break
    }
  }
}
