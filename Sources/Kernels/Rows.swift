extension Kernels {
  public static func addRowVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let row = matrix + r &* columns
      for c in 0..<columns { row[c] += vector[c] }
    }
  }

  /// By blocks of columns, whose sums stay in the first-level cache, in Double.
  public static func addColumnSums(
    rows: Int, columns: Int, matrix: UnsafePointer<Element>, vector: UnsafeMutablePointer<Element>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 128) { buffer in
      let sums = buffer.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: columns, by: 128) {
        let width = min(128, columns &- start)
        for c in 0..<width { sums[c] = 0 }
        for r in 0..<rows {
          let row = matrix + (r &* columns &+ start)
          for c in 0..<width { sums[c] += Double(row[c]) }
        }
        for c in 0..<width { vector[start &+ c] += Element(sums[c]) }
      }
    }
  }
}
