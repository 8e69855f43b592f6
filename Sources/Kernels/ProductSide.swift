extension Kernels {
  /// The rows of A, or the columns of B.
  struct ProductSide {
    var count: Int
    var first: UnsafePointer<Element>
    /// From one to the next, and from one of its elements to the next.
    var step, kStep: Int

    /// Whether it is too large to be read again and again where it lies.
    func isLarge(_ k: Int) -> Bool {
      MemoryLayout<Element>.size &* k &* (step == 1 ? kStep : count) > 1 << 16
    }

    /// Whether it comes from memory each time it is used.
    func isFar(_ k: Int) -> Bool { MemoryLayout<Element>.size &* k &* count > 1 << 23 }

    func element(_ index: Int, _ l: Int) -> UnsafePointer<Element> { first + (index &* step &+ l &* kStep) }

    func pack(_ start: Int, _ count: Int, from l: Int, steps: Int, to panel: UnsafeMutablePointer<Element>) {
      let registers = registers(count)
      if step == 1 {
        packColumns(
          element(start, l), step: kStep, steps: steps, width: count, registers: registers, to: panel)
      } else {
        packTransposed(
          element(start, l), column: step, steps: steps, width: count, registers: registers, to: panel)
      }
    }
  }
}
