import KernelDispatch
import Testing

@Suite("Posterior gradient, moments, reflection") struct PosteriorGradientTests {
  @Test("the gradient is the formula", arguments: Variant.all, PosteriorOptions.all)
  func gradient(_ variant: Variant, _ options: PosteriorOptions) {
    func check<K: TestedKernels>(_: K.Type, count: Int) {
      typealias E = K.Element
      let chain = ChainArrays<E>(count: count)
      let result = updated(chain.gradient) { gradient in
        chain.metric.withUnsafeBufferPointer { metric in
          K.posteriorGradient(
            count: count, terms: options.terms(E.self), center: chain.center,
            displacement: chain.displacement,
            preconditioner: options.preconditioned ? metric.baseAddress : nil, gradient: gradient)
        }
      }
      // Four terms, of which each passes about six roundings.
      expectClose(result, chain.force(options)) { _ in 24 * PosteriorOptions.largestTerm * unit(E.self) }
    }
    for count in awkwardCounts { check(variant.kernels, count: count) }
  }

  @Test("moments are those of RMSProp and Adam", arguments: Variant.all)
  func moments(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, count: Int) {
      typealias E = K.Element
      let chain = ChainArrays<E>(count: count)
      let (g, m, v) = (doubles(chain.gradient), doubles(chain.momentum), doubles(chain.metric))
      var (diagonal, corrected): ([E], [E]) = ([], [])
      let second = updated(chain.metric) { v in
        diagonal = updated(chain.center) {
          K.secondMomentUpdate(
            count: count, decay: 0.75, correction: 0.5, epsilon: 0.125, gradient: chain.gradient,
            secondMoment: v, preconditioner: $0)
        }
      }
      let first = updated(chain.momentum) { m in
        corrected = updated(chain.center) {
          K.firstMomentUpdate(
            count: count, decay: 0.75, correction: 0.5, gradient: chain.gradient, firstMoment: m,
            corrected: $0)
        }
      }
      let newSecond = (0..<count).map { 0.75 * v[$0] + 0.25 * g[$0] * g[$0] }
      let newFirst = (0..<count).map { 0.75 * m[$0] + 0.25 * g[$0] }
      expectClose(second, newSecond) { 4 * unit(E.self) * newSecond[$0] }
      expectClose(diagonal, newSecond.map { 1 / (($0 / 0.5).squareRoot() + 0.125) }) { _ in
        // v is at least 0.75/4, so A at most 1.4.
        12 * unit(E.self)
      }
      expectClose(first, newFirst) { _ in 8 * unit(E.self) }
      expectClose(corrected, newFirst.map { $0 / 0.5 }) { _ in 16 * unit(E.self) }
    }
    for count in awkwardCounts { check(variant.kernels, count: count) }
  }

  @Test("a reflection is a mirror image at the wall, and turns the momentum", arguments: Variant.all)
  func reflection(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, count: Int, hasMomentum: Bool) {
      typealias E = K.Element
      let chain = ChainArrays<E>(count: count)
      // Inside, on a wall, outside, and beyond the other wall's mirror image.
      var u = doubles(chain.displacement).map { 2 * $0 }
      for (i, value) in [1, -1, 3.5, -3.5, .infinity, .nan].enumerated() where i < count { u[i] = value }
      let displacement: [E] = rounded(u)
      u = doubles(displacement)
      var (parameters, momentum): ([E], [E]) = ([], chain.momentum)
      let reflected = updated(displacement) { u in
        parameters = updated(chain.parameters) { w in
          momentum = updated(chain.momentum) { p in
            K.reflect(
              count: count, halfWidth: 1, center: chain.center, displacement: u, parameters: w,
              momentum: hasMomentum ? p : nil)
          }
        }
      }
      let expected = u.map { u in
        if !(abs(u) > 1) { return u }
        let image = (u > 0 ? 2 : -2) - u
        return abs(image) > 1 ? (u > 0 ? -1 : 1) : image
      }
      let isOut = u.map { abs($0) > 1 }
      for i in 0..<count where !u[i].isNaN {
        #expect(
          Double(reflected[i]) == expected[i] || abs(Double(reflected[i]) - expected[i]) < 2 * unit(E.self))
        #expect(abs(reflected[i]) <= 1)
        #expect(parameters[i] == chain.center[i] + reflected[i])
        #expect(momentum[i] == (hasMomentum && isOut[i] ? -chain.momentum[i] : chain.momentum[i]))
      }
      for i in 0..<count where u[i].isNaN { #expect(reflected[i].isNaN) }
    }
    for hasMomentum in [false, true] {
      for count in awkwardCounts { check(variant.kernels, count: count, hasMomentum: hasMomentum) }
    }
  }
}
