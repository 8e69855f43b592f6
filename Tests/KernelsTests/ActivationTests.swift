import Glibc
import KernelDispatch
import Testing

@Suite("Activations") struct ActivationTests {
  typealias Map<E> = (Int, UnsafePointer<E>, UnsafeMutablePointer<E>) -> Void
  typealias Backward<E> = (Int, UnsafePointer<E>, UnsafePointer<E>, UnsafeMutablePointer<E>) -> Void

  /// `forward` is f within `tolerance(x)` roundings of |f(x)|.
  func expectForward<E: BinaryFloatingPoint>(
    _ forward: Map<E>, is f: (Double) -> Double, in range: ClosedRange<Double> = -12...12,
    roundings: (Double) -> Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for count in awkwardCounts {
      let x: [E] = uniform(count, in: range, seed: 1)
      let expected = doubles(x).map(f)
      let y = updated([E](repeating: 0, count: count)) { forward(count, x, $0) }
      expectClose(
        y, expected,
        within: { i in
          unit(E.self) * roundings(Double(x[i])) * expected[i].magnitude + 16 * Double(E.leastNormalMagnitude)
        }, sourceLocation: sourceLocation)
    }
  }

  /// `backward` adds outputGradient · slope, within 20 roundings: |slope| and the gradients are below 2.
  func expectBackward<E: BinaryFloatingPoint>(
    _ backward: Backward<E>, slope: (Double) -> Double, in range: ClosedRange<Double> = -12...12,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for count in awkwardCounts {
      let x: [E] = uniform(count, in: range, seed: 1)
      let gradient: [E] = uniform(count, seed: 2)
      let before: [E] = uniform(count, seed: 3)
      let after = updated(before) { backward(count, x, gradient, $0) }
      let expected = (0..<count).map { Double(before[$0]) + Double(gradient[$0]) * slope(Double(x[$0])) }
      expectClose(after, expected, within: { _ in 20 * unit(E.self) }, sourceLocation: sourceLocation)
    }
  }

  @Test("relu is max(x, 0), its slope at 0 is 0", arguments: Variant.all)
  func relu(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      expectForward(K.relu, is: { max($0, 0) }) { _ in 0 }
      expectBackward(K.reluBackward, slope: { $0 > 0 ? 1 : 0 })
      let ones: [K.Element] = [1, 1, 1, 1]
      let slopes = updated([0, 0, 0, 0]) {
        K.reluBackward(
          count: 4, input: [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude],
          outputGradient: ones, inputGradient: $0)
      }
      #expect(slopes == [0, 0, 1, 0])
    }
    check(variant.kernels)
  }

  @Test("tanh and its slope from the output", arguments: Variant.all)
  func hyperbolicTangent(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      expectForward(K.tanh, is: Glibc.tanh) { _ in 10 }
      expectBackward(K.tanhBackward, slope: { 1 - $0 * $0 }, in: -1...1)
    }
    check(variant.kernels)
  }

  func cumulative(_ x: Double) -> Double { erfc(-x / sqrt(2)) / 2 }

  @Test("gelu is x Φ(x), relatively accurate on the left too", arguments: Variant.all)
  func gelu(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      // The reference rounds its argument twice, which its tail multiplies by x².
      expectForward(K.gelu, is: { $0 * cumulative($0) }) { 12 + 2 * $0 * $0 }
      expectBackward(
        K.geluBackward, slope: { cumulative($0) + $0 * exp(-$0 * $0 / 2) / sqrt(2 * .pi) })
    }
    check(variant.kernels)
  }

  @Test("tanh-gelu and its slope, relatively accurate on the left too", arguments: Variant.all)
  func geluTanh(_ variant: Variant) {
    func twiceZ(_ x: Double) -> Double { 2 * sqrt(2 / .pi) * (x + 0.044715 * x * x * x) }
    func gate(_ x: Double) -> Double { 1 / (1 + exp(-twiceZ(x))) }
    func check<K: TestedKernels>(_: K.Type) {
      // The exponential multiplies the four roundings of its argument by the argument.
      expectForward(K.geluTanh, is: { $0 * gate($0) }) { 12 + 4 * twiceZ($0).magnitude }
      expectBackward(
        K.geluTanhBackward,
        slope: { x in
          let slope = 2 * sqrt(2 / .pi) * (1 + 3 * 0.044715 * x * x)
          return gate(x) + x * gate(x) * gate(-x) * slope
        })
      let definition = { (x: Double) in x / 2 * (1 + tanh(twiceZ(x) / 2)) }
      expectForward(K.geluTanh, is: definition, in: -1...8) { _ in 20 }
    }
    check(variant.kernels)
  }

  func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  @Test("sigmoid, relatively accurate on the left too, and its slope from the output", arguments: Variant.all)
  func sigmoid(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      expectForward(K.sigmoid, is: logistic, in: -60...60) { _ in 8 }
      expectBackward(K.sigmoidBackward, slope: { $0 * (1 - $0) }, in: 0...1)
    }
    check(variant.kernels)
  }

  @Test("silu is x s(x), relatively accurate on the left too", arguments: Variant.all)
  func silu(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      expectForward(K.silu, is: { $0 * logistic($0) }, in: -60...60) { _ in 10 }
      expectBackward(
        K.siluBackward, slope: { logistic($0) + $0 * logistic($0) * logistic(-$0) }, in: -60...60)
    }
    check(variant.kernels)
  }

  @Test("softplus is log(1 + eˣ), relatively accurate on the left too", arguments: Variant.all)
  func softplus(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      for range in [-60.0...60, -2...2] {
        expectForward(K.softplus, is: { max($0, 0) + log1p(exp(-$0.magnitude)) }, in: range) { _ in 10 }
        expectBackward(K.softplusBackward, slope: logistic, in: range)
      }
    }
    check(variant.kernels)
  }

  @Test("leaky relu has its slope on the left of 0, and at 0", arguments: Variant.all)
  func leakyReLU(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      for slope in [0.01, -0.5] {
        let s = K.Element(slope)
        expectForward(
          { K.leakyReLU(count: $0, negativeSlope: s, input: $1, output: $2) },
          is: { $0 > 0 ? $0 : slope * $0 }
        ) { _ in 3 }
        expectBackward(
          {
            K.leakyReLUBackward(
              count: $0, negativeSlope: s, input: $1, outputGradient: $2, inputGradient: $3)
          }, slope: { $0 > 0 ? 1 : slope })
        let atZero = updated([0, 0] as [K.Element]) {
          K.leakyReLUBackward(
            count: 2, negativeSlope: s, input: [0, -0.0], outputGradient: [1, 1], inputGradient: $0)
        }
        #expect(atZero == [s, s])
      }
    }
    check(variant.kernels)
  }

  @Test("elu is alpha (eˣ − 1) on the left, relatively accurate near 0", arguments: Variant.all)
  func elu(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      for alpha in [1, 0.3] {
        let a = K.Element(alpha)
        for range in [-60.0...12, -1e-3...1e-3] {
          expectForward(
            { K.elu(count: $0, alpha: a, input: $1, output: $2) }, is: { $0 > 0 ? $0 : alpha * expm1($0) },
            in: range
          ) { _ in 6 }
          expectBackward(
            { K.eluBackward(count: $0, alpha: a, input: $1, outputGradient: $2, inputGradient: $3) },
            slope: { $0 > 0 ? 1 : alpha * exp($0) }, in: range)
        }
      }
    }
    check(variant.kernels)
  }

  @Test("a NaN comes out as a NaN, and no special value traps", arguments: Variant.all)
  func specialValues(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let x = specials(K.Element.self)
      let nan = x.count - 1
      let zeros = [K.Element](repeating: 0, count: x.count)
      let ones = [K.Element](repeating: 1, count: x.count)
      let leakyReLU: Map<K.Element> = { K.leakyReLU(count: $0, negativeSlope: 0.1, input: $1, output: $2) }
      let elu: Map<K.Element> = { K.elu(count: $0, alpha: 1, input: $1, output: $2) }
      let leakyReLUBackward: Backward<K.Element> = {
        K.leakyReLUBackward(
          count: $0, negativeSlope: 0.1, input: $1, outputGradient: $2, inputGradient: $3)
      }
      let eluBackward: Backward<K.Element> = {
        K.eluBackward(count: $0, alpha: 1, input: $1, outputGradient: $2, inputGradient: $3)
      }
      for forward in [K.relu, K.tanh, K.gelu, K.geluTanh, K.sigmoid, K.silu, K.softplus, leakyReLU, elu] {
        let y = updated(zeros) { forward(x.count, x, $0) }
        #expect(y[nan].isNaN)
        // Everything up to the largest number is finite.
        #expect(zip(x, y).allSatisfy { !$0.isFinite || $1.isFinite })
      }
      for backward in [
        K.tanhBackward, K.geluBackward, K.geluTanhBackward, K.sigmoidBackward, K.siluBackward,
        K.softplusBackward, eluBackward,
      ] {
        #expect(updated(zeros) { backward(x.count, x, ones, $0) }[nan].isNaN)
      }
      for backward in [
        K.reluBackward, K.geluBackward, K.geluTanhBackward, K.siluBackward, K.softplusBackward,
        leakyReLUBackward, eluBackward,
      ] {
        #expect(updated(zeros) { backward(x.count, ones, x, $0) }[nan].isNaN)
        let slopes = updated(zeros) { backward(x.count, x, ones, $0) }
        #expect(zip(x, slopes).allSatisfy { !$0.isFinite || $1.isFinite })
      }
    }
    check(variant.kernels)
  }
}
