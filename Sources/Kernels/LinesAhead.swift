import CSupport

extension Kernels {
  /// Lines of memory that are read soon, and that the processor does not foresee: it follows a row, but neither from one
  /// short piece of a row to the next nor from page to page.
  struct LinesAhead {
    private var row: UnsafePointer<Element>
    private let step, lines, each: Int
    private var rowsLeft: Int
    private var line = 0

    /// None.
    init(_ any: UnsafePointer<Element>) { (row, step, lines, each, rowsLeft) = (any, 0, 0, 0, 0) }

    /// All of a side's `count` rows or columns from `start` on, in so many turns.
    init(_ side: ProductSide, _ start: Int, _ count: Int, from l: Int, steps: Int, turns: Int) {
      let rows = side.step == 1 ? steps : count
      let length = side.step == 1 ? count : steps
      // One more, since a piece need not begin with a line.
      lines = length / Self.lineLength &+ 1
      (row, step) = (side.element(start, l), side.step == 1 ? side.kStep : side.step)
      rowsLeft = count > 0 ? rows : 0
      each = (rows &* lines &+ turns &- 1) / turns
    }

    var isEmpty: Bool { rowsLeft == 0 }

    /// Those of a turn.
    mutating func fetch() {
      for _ in 0..<each where rowsLeft > 0 {
        support_prefetch_later(row + line &* Self.lineLength)
        line &+= 1
        if line == lines {
          line = 0
          row += step
          rowsLeft &-= 1
        }
      }
    }

    private static var lineLength: Int { 64 / MemoryLayout<Element>.size }
  }
}
