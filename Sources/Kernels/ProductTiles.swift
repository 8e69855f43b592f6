import CSupport

/// Tiles of a product, one below the other: each is some rows of A times one or two registers of columns of B, and stays
/// in registers.
struct ProductTiles {
  var k: Int
  /// Element (row, step) of A lies at row · aRowStep + step · aStep.
  var a: UnsafePointer<Kernels.Element>
  /// The fourth and eighth row. As if they had nothing to do with the first one: else the compiler would find every row's
  /// place from that of the row before, which takes longer than the arithmetic of one register.
  var a4, a8: UnsafePointer<Kernels.Element>
  var aRowStep, aStep: Int
  /// How many tiles there are, and how far the next one's rows of A are.
  var count, aTileStep: Int
  /// Columns lie side by side, and a step further at bStep.
  var b: UnsafePointer<Kernels.Element>
  var bStep: Int
  /// Of the last register.
  var lanes: Kernels.Lanes
  var c: UnsafeMutablePointer<Kernels.Element>
  var cRowStep: Int
  var scale, beta: Kernels.Element
  var prefetches: Bool

  init(
    k: Int, a: UnsafePointer<Kernels.Element>, rowStep: Int, step: Int, tileStep: Int,
    b: UnsafePointer<Kernels.Element>, bStep: Int, lanes: Kernels.Lanes,
    c: UnsafeMutablePointer<Kernels.Element>, cRowStep: Int, scale: Kernels.Element, beta: Kernels.Element,
    prefetches: Bool
  ) {
    (self.k, self.b, self.bStep, self.lanes, count) = (k, b, bStep, lanes, 1)
    (self.c, self.cRowStep, self.scale, self.beta) = (c, cRowStep, scale, beta)
    (self.prefetches, self.a, a4, a8) = (prefetches, a, a + 4 &* rowStep, a + 8 &* rowStep)
    (aRowStep, aStep, aTileStep) = (rowStep, step, tileStep)
  }

  mutating func setA(_ a: UnsafePointer<Kernels.Element>, rowStep: Int, step: Int, tileStep: Int) {
    (self.a, a4, a8) = (a, a + 4 &* rowStep, a + 8 &* rowStep)
    (aRowStep, aStep, aTileStep) = (rowStep, step, tileStep)
  }
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

  /// C ← scale A B + beta C. Each element is summed step by step, in one order whatever the tiles.
  ///
  /// Everything that decides is a constant of the caller. `@_transparent` code is inlined before anything else is done to
  /// it; else the compiler would first merge the calls for different numbers of rows into one.
  @_transparent
  private static func multiply(rows: Int, registers: Int, masked: Bool, _ tiles: ProductTiles) {
    let (k, aStep, bStep) = (tiles.k, tiles.aStep, tiles.bStep)
    let (aRowStep, cRowStep, lanes) = (tiles.aRowStep, tiles.cRowStep, tiles.lanes)
    let (scale, beta) = (tiles.scale, tiles.beta)
    var (aTile, a4Tile, a8Tile, cTile) = (tiles.a, tiles.a4, tiles.a8, tiles.c)
    for _ in 0..<tiles.count {
      if tiles.prefetches { prefetch(rows, registers, cTile, cRowStep) }
      var (rows0, rows4, rows8) = (FourRows(), FourRows(), FourRows())
      var (a, a4, a8, b) = (aTile, a4Tile, a8Tile, tiles.b)
      for _ in 0..<k {
        let y0 = masked && registers == 1 ? load(lanes, b) : load(b)
        let y1 = registers == 1 ? y0 : masked ? load(lanes, b + laneCount) : load(b + laneCount)
        rows0.add(rows, registers, a, aRowStep, y0, y1)
        rows4.add(rows &- 4, registers, a4, aRowStep, y0, y1)
        rows8.add(rows &- 8, registers, a8, aRowStep, y0, y1)
        a += aStep
        a4 += aStep
        a8 += aStep
        b += bStep
      }
      let (c0, c4, c8) = (cTile, cTile + 4 &* cRowStep, cTile + 8 &* cRowStep)
      if scale != 1 {
        rows0.scale(rows, registers, scale)
        rows4.scale(rows &- 4, registers, scale)
        rows8.scale(rows &- 8, registers, scale)
      }
      // All of C is read before any of it is written: a load waits for a masked store nearby.
      if beta != 0 {
        rows0.add(rows, registers, masked, lanes, c0, cRowStep, times: beta)
        rows4.add(rows &- 4, registers, masked, lanes, c4, cRowStep, times: beta)
        rows8.add(rows &- 8, registers, masked, lanes, c8, cRowStep, times: beta)
      }
      rows0.store(rows, registers, masked, lanes, c0, cRowStep)
      rows4.store(rows &- 4, registers, masked, lanes, c4, cRowStep)
      rows8.store(rows &- 8, registers, masked, lanes, c8, cRowStep)
      aTile += tiles.aTileStep
      a4Tile += tiles.aTileStep
      a8Tile += tiles.aTileStep
      cTile += rows &* cRowStep
    }
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
  static func multiply(rows: Int, registers: Int, isWhole: Bool, _ tiles: ProductTiles) {
    if registers == 2 {
      if rows == tileRows && isWhole { wholeTiles(tiles) } else { twoRegisters(rows: rows, tiles) }
    } else {
      oneRegister(rows: rows, tiles)
    }
  }

  @inline(never)
  private static func wholeTiles(_ tiles: ProductTiles) {
    multiply(rows: tileRows, registers: 2, masked: false, tiles)
  }

  @inline(never)
  private static func twoRegisters(rows: Int, _ tiles: ProductTiles) {
    switch rows {
    case 1: multiply(rows: 1, registers: 2, masked: true, tiles)
    case 2: multiply(rows: 2, registers: 2, masked: true, tiles)
    case 3: multiply(rows: 3, registers: 2, masked: true, tiles)
    case 4: multiply(rows: 4, registers: 2, masked: true, tiles)
    #if FUSED_MULTIPLY_ADD
      case 5: multiply(rows: 5, registers: 2, masked: true, tiles)
      case 6: multiply(rows: 6, registers: 2, masked: true, tiles)
    #endif
    #if VECTOR512
      case 7: multiply(rows: 7, registers: 2, masked: true, tiles)
      case 8: multiply(rows: 8, registers: 2, masked: true, tiles)
      case 9: multiply(rows: 9, registers: 2, masked: true, tiles)
      case 10: multiply(rows: 10, registers: 2, masked: true, tiles)
      case 11: multiply(rows: 11, registers: 2, masked: true, tiles)
      case 12: multiply(rows: 12, registers: 2, masked: true, tiles)
    #endif
    default: break
    }
  }

  @inline(never)
  private static func oneRegister(rows: Int, _ tiles: ProductTiles) {
    switch rows {
    case 1: multiply(rows: 1, registers: 1, masked: true, tiles)
    case 2: multiply(rows: 2, registers: 1, masked: true, tiles)
    case 3: multiply(rows: 3, registers: 1, masked: true, tiles)
    case 4: multiply(rows: 4, registers: 1, masked: true, tiles)
    case 5: multiply(rows: 5, registers: 1, masked: true, tiles)
    case 6: multiply(rows: 6, registers: 1, masked: true, tiles)
    case 7: multiply(rows: 7, registers: 1, masked: true, tiles)
    case 8: multiply(rows: 8, registers: 1, masked: true, tiles)
    #if FUSED_MULTIPLY_ADD
      case 9: multiply(rows: 9, registers: 1, masked: true, tiles)
      case 10: multiply(rows: 10, registers: 1, masked: true, tiles)
      case 11: multiply(rows: 11, registers: 1, masked: true, tiles)
      case 12: multiply(rows: 12, registers: 1, masked: true, tiles)
    #endif
    default: break
    }
  }
}
