import KernelDispatch
import Testing

@Suite("Conversions") struct ConversionTests {
  /// Each integer type at its limits, around zero, and in numbers enough for every loop.
  private static func integers<I: FixedWidthInteger>(_: I.Type) -> [I] {
    var generator = SplitMix64(state: 3)
    return [.min, .min + 1, 0, 1, .max - 1, .max]
      + (0..<300).map { _ in I.random(in: .min ... .max, using: &generator) }
  }

  @Test("integers become the nearest floats, and the same 64-bit integers", arguments: Variant.all)
  func integers(_ variant: Variant) {
    func check<K: TestedKernels, I: FixedWidthInteger>(_: K.Type, _ stored: StoredElement, _: I.Type) {
      let values = Self.integers(I.self)
      #expect(stored.stride == MemoryLayout<I>.stride && stored.isInteger)
      let zeros = [K.Element](repeating: 0, count: values.count)
      let floats = updated(zeros) { K.convert(stored, count: values.count, from: values, to: $0) }
      #expect(floats == values.map { K.Element($0) })
      var integers = [Int64](repeating: 7, count: values.count + 1)
      K.convertIntegers(stored, count: values.count, from: values, to: &integers)
      #expect(integers == values.map { Int64(clamping: $0) } + [7])
    }
    func checkAll<K: TestedKernels>(_ kernels: K.Type) {
      check(kernels, .int8, Int8.self)
      check(kernels, .int16, Int16.self)
      check(kernels, .int32, Int32.self)
      check(kernels, .int64, Int64.self)
      check(kernels, .uint8, UInt8.self)
      check(kernels, .uint16, UInt16.self)
      check(kernels, .uint32, UInt32.self)
      check(kernels, .uint64, UInt64.self)
    }
    checkAll(variant.kernels)
  }

  @Test("all 16-bit floats are exact", arguments: Variant.all)
  func halves(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let bits = (0...UInt16.max).map(\.self)
      let zeros = [K.Element](repeating: 0, count: bits.count)
      let actual = updated(zeros) { K.convert(.float16, count: bits.count, from: bits, to: $0) }
      for (pattern, value) in zip(bits, actual) {
        let expected = K.Element(Float16(bitPattern: pattern))
        #expect(value == expected && value.sign == expected.sign || value.isNaN && expected.isNaN)
      }
    }
    check(variant.kernels)
  }

  @Test("floats of the other precision are rounded, and what is special stays so", arguments: Variant.all)
  func floats(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let singles = specials(Float.self) + uniform(100, seed: 1, as: Float.self)
      let doubles = specials(Double.self) + uniform(100, seed: 2, as: Double.self)
      let zeros = [K.Element](repeating: 0, count: singles.count)
      let fromSingles = updated(zeros) { K.convert(.float32, count: singles.count, from: singles, to: $0) }
      let fromDoubles = updated(zeros) { K.convert(.float64, count: doubles.count, from: doubles, to: $0) }
      for (a, b) in zip(fromSingles, singles.map { K.Element($0) }) { #expect(a == b || a.isNaN && b.isNaN) }
      for (a, b) in zip(fromDoubles, doubles.map { K.Element($0) }) { #expect(a == b || a.isNaN && b.isNaN) }
    }
    check(variant.kernels)
  }

  @Test("floats taken for integers are out of every range")
  func floatsAreNoIntegers() {
    var integers: [Int64] = [0, 0]
    for stored in StoredElement.allCases where !stored.isInteger {
      floatKernels.convertIntegers(stored, count: 2, from: [1.0, 2.0], to: &integers)
      #expect(integers == [.max, .max])
    }
  }
}
