import KernelDispatch
import Testing

typealias TestedKernels = KernelSet & KernelInternals

/// One of the compilations of the kernels that this processor can run.
struct Variant: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kernels: any TestedKernels.Type

  static let all: [Variant] = InstructionSet.available.flatMap {
    [
      Variant(testDescription: "float \($0)", kernels: floatKernels(for: $0)),
      Variant(testDescription: "double \($0)", kernels: doubleKernels(for: $0)),
    ]
  }
}

/// How many draws and points a statistical test takes: unoptimised, the tests themselves are slow.
func many(_ count: Int) -> Int {
  #if DEBUG
    count / 16
  #else
    count
  #endif
}

/// Conversions of whole arrays with concrete loops: the tests reach the kernels through existentials, where
/// generic arithmetic is not specialised.
func doubles<E: BinaryFloatingPoint>(_ values: [E]) -> [Double] {
  (values as? [Float])?.map(Double.init) ?? values as? [Double] ?? []
}
func rounded<E: BinaryFloatingPoint>(_ values: [Double], to _: E.Type = E.self) -> [E] {
  values.map(Float.init) as? [E] ?? values as? [E] ?? []
}

/// Half a unit in the last place of 1: the relative error of one rounding.
func unit<E: BinaryFloatingPoint>(_: E.Type) -> Double { Double(E.ulpOfOne) / 2 }

/// |actual − expected| in units in the last place of `expected` as an E.
func ulps<E: BinaryFloatingPoint>(_ actual: E, _ expected: Float80) -> Double {
  let nearest = E(expected)
  if actual == nearest || actual.isNaN && expected.isNaN { return 0 }
  if !nearest.isFinite || !actual.isFinite { return .infinity }
  return Double((Float80(actual) - expected).magnitude / Float80(nearest.ulp))
}

/// `values` after `body` has updated them, having checked that it wrote nothing around them.
func updated<E: BinaryFloatingPoint>(
  _ values: [E], sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (UnsafeMutablePointer<E>) -> Void
) -> [E] {
  let margin = [E](repeating: 12345, count: 64)
  var buffer = margin + values + margin
  buffer.withUnsafeMutableBufferPointer { $0.baseAddress.map { body($0 + 64) } }
  #expect(
    Array(buffer.prefix(64)) == margin && Array(buffer.suffix(64)) == margin,
    "written outside the array", sourceLocation: sourceLocation)
  return Array(buffer[64..<64 + values.count])
}

/// Expects |actual − expected| ≤ tolerance element by element, saying where it is not so.
func expectClose<E: BinaryFloatingPoint>(
  _ actual: [E], _ expected: [Double], within tolerance: (Int) -> Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  for (i, (a, e)) in zip(doubles(actual), expected).enumerated()
  where !((a - e).magnitude <= tolerance(i) || a == e) {
    Issue.record(
      "[\(i)]: \(a), expected \(e) within \(tolerance(i))", sourceLocation: sourceLocation)
    return
  }
}

/// Test data (Steele, Lea, Flood 2014), independent of the generator under test.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }
}

func uniform<E: BinaryFloatingPoint>(
  _ count: Int, in range: ClosedRange<Double> = -2...2, seed: UInt64, as _: E.Type = E.self
) -> [E] {
  var generator = SplitMix64(state: seed)
  return rounded((0..<count).map { _ in Double.random(in: range, using: &generator) })
}

/// Around the sizes at which the kernels' loops change course.
let awkwardCounts = [0, 1, 7, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000]

/// Where floating point is special: ±0, the smallest and largest numbers, infinities, NaN.
func specials<E: BinaryFloatingPoint>(_: E.Type) -> [E] {
  let positive: [E] = [
    0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1, .greatestFiniteMagnitude, .infinity,
  ]
  return positive + positive.map { -$0 } + [.nan]
}
