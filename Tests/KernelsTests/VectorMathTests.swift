import Glibc
import KernelDispatch
import Testing

/// Against the C library in extended precision, whose own error (2⁻⁶⁴) does not show.
@Suite("Elementary functions") struct VectorMathTests {
  /// The largest error in ulps over a fine grid and the special values.
  func worst<E: BinaryFloatingPoint>(
    _ range: ClosedRange<Double>, _ function: (E) -> E, _ reference: (Float80) -> Float80
  ) -> Double {
    var points: [E] = uniform(many(100_000), in: range, seed: 1) + specials(E.self)
    // Small arguments of both signs, down to the smallest numbers.
    for exponent in -1080...0 {
      points += rounded([pow(2, Double(exponent)), -1.37 * pow(2, Double(exponent))])
    }
    return points.reduce(0) { max($0, ulps(function($1), reference(Float80($1)))) }
  }

  @Test("exp is within 2 ulp, also where it is denormal or overflows", arguments: Variant.all)
  func exponential(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      #expect(worst(-760...720, K.exp) { Glibc.exp($0) } < 2)
      #expect(worst(-105...90, K.exp) { Glibc.exp($0) } < 2)
      #expect(worst(-1...1, K.exp) { Glibc.exp($0) } < 2)
    }
    check(variant.kernels)
  }

  @Test("tanh is within 4 ulp and keeps the sign of zero", arguments: Variant.all)
  func hyperbolicTangent(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      #expect(worst(-30...30, K.tanh) { Glibc.tanh($0) } < 4)
      #expect(worst(-1...1, K.tanh) { Glibc.tanh($0) } < 4)
      #expect(K.tanh(-0.0).sign == .minus && K.tanh(0).sign == .plus)
    }
    check(variant.kernels)
  }

  @Test("the normal distribution is within 5 ulp far into its left tail", arguments: Variant.all)
  func normalDistribution(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let half = Float80(0.5)
      for range in [-40.0...40, -15...15, -3...3] {
        #expect(
          worst(range) {
            K.normalDistribution($0).cumulative
          } _: {
            half * erfc(-$0 * half.squareRoot())
          } < 5)
        #expect(
          worst(range) {
            K.normalDistribution($0).bell
          } _: {
            Glibc.exp(-$0 * $0 / 2)
          } < 3)
      }
    }
    check(variant.kernels)
  }

  /// Words at the ends, around the powers of two and anywhere.
  var words: [UInt32] {
    var generator = SplitMix64(state: 2)
    var edges: [UInt32] = []
    for bit in 0..<32 {
      for offset: Int32 in -2...2 { edges.append(1 &<< bit &+ UInt32(bitPattern: offset)) }
    }
    edges += edges.map(~)
    return edges + (0..<many(100_000)).map { _ in UInt32.random(in: 0 ... .max, using: &generator) }
  }

  @Test("−ln of a uniform word is within 4 ulp at both ends, and never infinite", arguments: Variant.all)
  func minusLog(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let worst = words.reduce(0) { worst, word in
        // Near u = 1 from the complement, exactly as −log1p.
        let complement = (Float80(~word) + 0.5) * 0x1p-32
        return max(worst, ulps(K.minusLog(uniform: word), -log1p(-complement)))
      }
      #expect(worst < 4)
    }
    check(variant.kernels)
  }

  @Test("cosine and sine of a word are within 3 ulp, exact at the quarters", arguments: Variant.all)
  func cosineSine(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      var worst = 0.0
      for word in words where word % 0x4000_0000 != 0 {
        let (cosine, sine) = K.cosineSine(turns: word)
        let expected = exactCosineSine(turns: Float80(word) * 0x1p-32)
        worst = max(worst, ulps(cosine, expected.0), ulps(sine, expected.1))
      }
      #expect(worst < 3)
      for (quarter, expected) in [(1.0, 0.0), (0, 1), (-1, 0), (0, -1)].enumerated() {
        let (cosine, sine) = K.cosineSine(turns: UInt32(quarter) << 30)
        #expect(Double(cosine) == expected.0 && Double(sine) == expected.1)
      }
    }
    check(variant.kernels)
  }
}

/// cos and sin of 2π turns, whose zeros are exact: the quarter turns are taken off before π comes in.
func exactCosineSine(turns: Float80) -> (Float80, Float80) {
  let quarter = (4 * turns).rounded()
  let rest = (4 * turns - quarter) * Float80.pi / 2
  switch Int(quarter) % 4 {
  case 0: return (cos(rest), sin(rest))
  case 1: return (-sin(rest), cos(rest))
  case 2: return (-cos(rest), -sin(rest))
  default: return (sin(rest), -cos(rest))
  }
}
