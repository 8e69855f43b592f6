/// Reductions over a row. A single running sum would wait for every addition and does not vectorise, since
/// floating-point addition may not be reordered: so there are 16 of them, for the elements of each index
/// modulo 16, added up at the end.
extension Kernels {
  /// Never inlined: in the midst of other loops the compiler keeps the 16 sums in memory.
  @inline(never)
  public static func dot(
    count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double {
    sum(count: count) { Double(x[$0]) * Double(y[$0]) }
  }

  public static func weightedDot(
    count: Int, weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>
  ) -> Double {
    sum(count: count) { Double(weights[$0]) * Double(x[$0]) * Double(y[$0]) }
  }

  public static func squaredNorm(
    count: Int, over weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>
  ) -> Double {
    sum(count: count) { Double(x[$0]) * Double(x[$0]) / Double(weights[$0]) }
  }

  public static func squaredDistance(
    count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double {
    sum(count: count) {
      let difference = Double(x[$0]) - Double(y[$0])
      return difference * difference
    }
  }

  public static func addWithSigns(
    count: Int, factor: Double, signs: UnsafePointer<UInt32>, weights: UnsafePointer<Element>?,
    _ x: UnsafePointer<Element>, to sums: UnsafeMutablePointer<Double>
  ) {
    @inline(__always)
    func add(_ i: Int, _ value: Element) {
      let sign = signs[i &>> 5] &>> UInt32(truncatingIfNeeded: i & 31) & 1
      sums[i] += Double(value) * (sign == 0 ? factor : -factor)
    }
    if let weights {
      for i in 0..<count { add(i, squareRoot(weights[i]) * x[i]) }
    } else {
      for i in 0..<count { add(i, x[i]) }
    }
  }

  /// Σ x
  @inline(__always)
  static func sum(count: Int, _ x: UnsafePointer<Element>) -> Double {
    sum(count: count) { Double(x[$0]) }
  }

  @inline(__always)
  static func sum(count: Int, of term: (Int) -> Double) -> Double {
    var sums = SIMD16<Double>(repeating: 0)
    let body = count & ~15
    var i = 0
    while i < body {
      for k in 0..<16 { sums[k] += term(i &+ k) }
      i &+= 16
    }
    // Not `sums.sum()`: that is a generic function, whose code the modules would share.
    let eight = sums.lowHalf + sums.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    var total = two[0] + two[1]
    while i < count {
      total += term(i)
      i &+= 1
    }
    return total
  }

  /// The largest element, any where there is a NaN.
  @inline(__always)
  static func maximum(count: Int, _ x: UnsafePointer<Element>) -> Element {
    var maxima = SIMD16<Element>(repeating: x[0])
    let body = count & ~15
    var i = 0
    while i < body {
      for k in 0..<16 { maxima[k] = x[i &+ k] > maxima[k] ? x[i &+ k] : maxima[k] }
      i &+= 16
    }
    var largest = x[0]
    for k in 0..<16 { largest = maxima[k] > largest ? maxima[k] : largest }
    while i < count {
      largest = x[i] > largest ? x[i] : largest
      i &+= 1
    }
    return largest
  }

  /// The first index of the largest element, any index where there is a NaN.
  @inline(__always)
  static func indexOfMaximum(count: Int, _ x: UnsafePointer<Element>) -> Int {
    let largest = maximum(count: count, x)
    for i in 0..<count where x[i] == largest { return i }
    return 0
  }

  public static func firstNonfinite(count: Int, _ x: UnsafePointer<Element>) -> Int? {
    // Block by block without branches: as whole numbers, the bits of |∞| and |NaN| are the largest. The
    // block that has one is searched.
    for start in stride(from: 0, to: count, by: 256) {
      let end = min(start &+ 256, count)
      var largest: Bits = 0
      for i in start..<end {
        let bits = x[i].magnitude.bitPattern
        largest = bits > largest ? bits : largest
      }
      if largest < Element.infinity.bitPattern { continue }
      for i in start..<end where !x[i].isFinite { return i }
    }
    return nil
  }
}
