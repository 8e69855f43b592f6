/// Squares of as many registers as a register has lanes.
///
/// Interleaving the first half of the rows with the second half, as often as their number is a power of 2, transposes.
extension Kernels {
  #if VECTOR512 || !FUSED_MULTIPLY_ADD
    @inline(__always)
    static func transpose(_ square: inout InlineArray<16, Vector>) {
      interleave(&square)
      if laneCount > 2 { interleave(&square) }
      if laneCount > 4 { interleave(&square) }
      if laneCount > 8 { interleave(&square) }
    }

    @inline(__always)
    private static func interleave(_ square: inout InlineArray<16, Vector>) {
      var next = square
      for i in 0..<laneCount / 2 {
        let (first, second) = (square[i], square[i &+ laneCount / 2])
        #if DOUBLE && !FUSED_MULTIPLY_ADD
          next[2 &* i] = Vector(first[0], second[0])
          next[2 &* i &+ 1] = Vector(first[1], second[1])
        #else
          next[2 &* i].evenHalf = first.lowHalf
          next[2 &* i].oddHalf = second.lowHalf
          next[2 &* i &+ 1].evenHalf = first.highHalf
          next[2 &* i &+ 1].oddHalf = second.highHalf
        #endif
      }
      square = next
    }
  #else
    /// AVX2 has no instruction that interleaves across the halves of a register: so quarters of the square change places
    /// first, and each half is transposed for itself.
    @inline(__always)
    static func transpose(_ square: inout InlineArray<16, Vector>) {
      let half = laneCount / 2
      var next = square
      for i in 0..<half {
        next[i] = Vector(lowHalf: square[i].lowHalf, highHalf: square[i &+ half].lowHalf)
        next[i &+ half] = Vector(lowHalf: square[i].highHalf, highHalf: square[i &+ half].highHalf)
      }
      square = next
      interleaveHalves(&square)
      if half > 2 { interleaveHalves(&square) }
    }

    /// Of the first half of the rows, and of the second half.
    @inline(__always)
    private static func interleaveHalves(_ square: inout InlineArray<16, Vector>) {
      let quarter = laneCount / 4
      var next = square
      for start in 0..<2 {
        for i in 0..<quarter {
          let row = start &* 2 &* quarter &+ i
          let (first, second) = (square[row], square[row &+ quarter])
          next[row &+ i] = interleaved(first, second, 0)
          next[row &+ i &+ 1] = interleaved(first, second, quarter)
        }
      }
      square = next
    }

    /// From place `start` of each half on.
    @inline(__always)
    private static func interleaved(_ a: Vector, _ b: Vector, _ start: Int) -> Vector {
      #if DOUBLE
        Vector(a[start], b[start], a[start &+ 2], b[start &+ 2])
      #else
        Vector(
          a[start], b[start], a[start &+ 1], b[start &+ 1], a[start &+ 4], b[start &+ 4], a[start &+ 5],
          b[start &+ 5])
      #endif
    }
  #endif
}
