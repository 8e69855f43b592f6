import KernelInterface

/// Matrix products, after K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34
/// (2008): tiles of C in registers, made of panels of B that stay in the first-level cache and of panels of A that stay in
/// the second.
///
/// What is small is read where it lies. What is large, or has its columns where a tile wants rows, is copied into panels.
///
/// The sum of an element has one order, which depends on k alone: as many terms as `steps(ofBlocks:)` after another, and
/// these sums after another. So the bits do not depend on how many rows and columns there are, nor on the tiles.
extension Kernels {
  /// Terms that a tile sums at once, at most.
  private static var mostSteps: Int { 384 }

  /// So many blocks make k terms.
  private static func blocks(of k: Int) -> Int { (k &+ mostSteps &- 1) / mostSteps }

  /// Terms of each block but the last, which are as even as they can be: a short block would read and write C for
  /// little. A multiple of what the longest register holds, and so the same for all instruction sets.
  private static func steps(ofBlocks k: Int) -> Int {
    let blocks = max(1, blocks(of: k))
    return ((k &+ blocks &- 1) / blocks &+ 15) & ~15
  }

  /// Columns of B and rows of A that are packed at once.
  private static var blockColumns: Int { 4096 / MemoryLayout<Element>.size }
  private static var blockRows: Int { 20 &* tileRows }

  private static var tileColumns: Int { 2 &* laneCount }
  /// Elements of a step of a packed panel of rows.
  private static var rowPanelStep: Int { registers(tileRows) &* laneCount }

  public static var productWorkspace: Int {
    mostSteps &* (blockColumns &+ blockRows / tileRows &* rowPanelStep) &+ largestTileRows &* tileColumns
  }

  public static func multiply(_ product: GEMM<Element>, workspace: UnsafeMutablePointer<Element>) {
    let p = product
    let a = ProductSide(count: p.m, first: p.a, step: p.aSteps.row, kStep: p.aSteps.column)
    let b = ProductSide(count: p.n, first: p.b, step: p.bSteps.column, kStep: p.bSteps.row)
    if isFasterTransposed(p) {
      multiply(p, rows: b, columns: a, cRowStep: 1, cColumnStep: p.cRowStep, workspace)
    } else {
      multiply(p, rows: a, columns: b, cRowStep: p.cRowStep, cColumnStep: 1, workspace)
    }
  }

  /// Whether Cᵀ = Bᵀ Aᵀ is less work, in steps of a register: the same arithmetic, but other registers are filled, and
  /// other things must be transposed.
  private static func isFasterTransposed(_ p: GEMM<Element>) -> Bool {
    let direct = p.k &* p.m &* registers(p.n) &+ (p.bSteps.column == 1 ? 0 : p.k &* p.n / 2)
    let transposed =
      p.k &* p.n &* registers(p.m) &+ (p.aSteps.row == 1 ? 0 : p.k &* p.m / 2)
      &+ p.m &* p.n &* (3 &* blocks(of: p.k) &- 2)
    return transposed < direct
  }

  /// How many hold so many elements.
  static func registers(_ count: Int) -> Int { (count &+ laneCount &- 1) / laneCount }

  private static func multiply(
    _ p: GEMM<Element>, rows: ProductSide, columns: ProductSide, cRowStep: Int, cColumnStep: Int,
    _ workspace: UnsafeMutablePointer<Element>
  ) {
    let packsColumns = columns.step != 1 || (rows.count > 2 &* tileRows && columns.isLarge(p.k))
    // A row whose elements lie side by side is read as fast where it lies, unless very many tiles read it.
    let readers = min(columns.count, blockColumns)
    let packsRows = readers > (rows.step == 1 ? 2 : 40) &* tileColumns && rows.isLarge(p.k)
    // C comes from a farther cache, or memory, while its sums are made.
    let prefetches = MemoryLayout<Element>.size &* p.m &* p.n > 1 << 18
    let blockSteps = steps(ofBlocks: p.k)
    let fetchesColumns = packsColumns && rows.count <= blockRows && columns.isFar(p.k)
    var ahead = LinesAhead(p.a)
    let rowPanels = workspace + mostSteps &* blockColumns
    let tile = rowPanels + mostSteps &* (blockRows / tileRows) &* rowPanelStep

    for j0 in stride(from: 0, to: columns.count, by: blockColumns) {
      let jEnd = min(j0 &+ blockColumns, columns.count)
      var l = 0
      repeat {
        let steps = min(blockSteps, p.k &- l)
        let beta = l == 0 ? p.beta : 1
        for i0 in stride(from: 0, to: rows.count, by: blockRows) {
          let iEnd = min(i0 &+ blockRows, rows.count)
          let height = evenHeight(of: iEnd &- i0, limit: tileRows)
          if packsRows {
            for i in stride(from: i0, to: iEnd, by: height) {
              let panel = rowPanels + (i &- i0) / height &* rowPanelStep &* steps
              rows.pack(i, min(height, iEnd &- i), from: l, steps: steps, to: panel)
            }
          }
          for j in stride(from: j0, to: jEnd, by: tileColumns) {
            let width = min(tileColumns, jEnd &- j)
            if fetchesColumns {
              let next = j &+ width
              ahead = LinesAhead(
                columns, next, min(tileColumns, jEnd &- next), from: l, steps: steps,
                turns: (iEnd &- i0) / (2 &* height) &+ 1)
            }
            let count = registers(width)
            var (b, bStep) = (columns.element(j, l), columns.kStep)
            if packsColumns {
              let panel = workspace + (j &- j0) &* steps
              if i0 == 0 { columns.pack(j, width, from: l, steps: steps, to: panel) }
              (b, bStep) = (UnsafePointer(panel), count &* laneCount)
            }
            let lanes = firstLanes(width &- (count &- 1) &* laneCount)
            let height =
              packsRows ? height : evenHeight(of: iEnd &- i0, limit: count == 1 ? largestTileRows : tileRows)
            var i = i0
            while i < iEnd {
              let tileHeight = min(height, iEnd &- i)
              ahead.fetch()
              var tiles = ProductTiles(
                k: steps, a: rows.element(i, l), rowStep: rows.step, step: rows.kStep,
                tileStep: height &* rows.step, b: b, bStep: bStep, lanes: lanes,
                c: p.c + (i &* cRowStep &+ j &* cColumnStep), cRowStep: cRowStep, scale: p.scale, beta: beta,
                prefetches: prefetches)
              if packsRows {
                tiles.setA(
                  UnsafePointer(rowPanels + (i &- i0) / height &* rowPanelStep &* steps), rowStep: 1,
                  step: registers(tileHeight) &* laneCount, tileStep: rowPanelStep &* steps)
              }
              if cColumnStep == 1 {
                if tileHeight == height {
                  tiles.count = (iEnd &- i) / height
                  if !ahead.isEmpty { tiles.count = min(tiles.count, 2) }
                }
                multiply(rows: tileHeight, registers: count, isWhole: width == tileColumns, tiles)
              } else {
                let c = tiles.c
                (tiles.c, tiles.cRowStep, tiles.beta, tiles.prefetches) = (tile, tileColumns, 0, false)
                multiply(rows: tileHeight, registers: count, isWhole: width == tileColumns, tiles)
                addTransposed(
                  tile, step: tileColumns, rows: tileHeight, columns: width, beta: beta, to: c,
                  cStep: cColumnStep)
              }
              i &+= tiles.count &* height
            }
          }
        }
        l &+= blockSteps
      } while l < p.k
    }
  }

  /// Of the fewest tiles that make so many rows, all as high as each other.
  private static func evenHeight(of rows: Int, limit: Int) -> Int {
    let tiles = (rows &+ limit &- 1) / limit
    return (rows &+ tiles &- 1) / tiles
  }
}
