import KernelInterface

/// Elements of one type as another. One plain loop for each type, of which the compiler makes vector instructions.
extension Kernels {
  public static func convert(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Element>
  ) {
    switch stored {
    case .float32:
      let x = x.assumingMemoryBound(to: Float.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .float64:
      let x = x.assumingMemoryBound(to: Double.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .float16:
      let x = x.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { y[i] = Element(half(x[i])) }
    case .int8:
      let x = x.assumingMemoryBound(to: Int8.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .int16:
      let x = x.assumingMemoryBound(to: Int16.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .int32:
      let x = x.assumingMemoryBound(to: Int32.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .int64:
      let x = x.assumingMemoryBound(to: Int64.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .uint8:
      let x = x.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .uint16:
      let x = x.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .uint32:
      let x = x.assumingMemoryBound(to: UInt32.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    case .uint64:
      let x = x.assumingMemoryBound(to: UInt64.self)
      for i in 0..<count { y[i] = Element(x[i]) }
    }
  }

  public static func convertIntegers(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Int64>
  ) {
    switch stored {
    case .int8:
      let x = x.assumingMemoryBound(to: Int8.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .int16:
      let x = x.assumingMemoryBound(to: Int16.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .int32:
      let x = x.assumingMemoryBound(to: Int32.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .int64:
      let x = x.assumingMemoryBound(to: Int64.self)
      for i in 0..<count { y[i] = x[i] }
    case .uint8:
      let x = x.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .uint16:
      let x = x.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .uint32:
      let x = x.assumingMemoryBound(to: UInt32.self)
      for i in 0..<count { y[i] = Int64(x[i]) }
    case .uint64:
      let x = x.assumingMemoryBound(to: UInt64.self)
      for i in 0..<count { y[i] = x[i] > UInt64(Int64.max) ? .max : Int64(bitPattern: x[i]) }
    case .float16, .float32, .float64:
      for i in 0..<count { y[i] = .max }
    }
  }

  /// A 16-bit float from its bits. As those of a 32-bit float, moved into place, they are too small by the difference
  /// of the exponents' biases, 2¹¹², whose product is exact for subnormal numbers too.
  @inline(__always)
  private static func half(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff) << 13
    let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
    let finite = magnitude < 0x0f80_0000  // not an infinity or a NaN, whose exponent is all ones
    let unsigned = finite ? scaled.bitPattern : magnitude | 0x7f80_0000
    return Float(bitPattern: unsigned | UInt32(bits & 0x8000) << 16)
  }
}
