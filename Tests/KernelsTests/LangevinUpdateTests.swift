import KernelDispatch
import TestSupport
import Testing

@Suite("Langevin update") struct LangevinUpdateTests {
  static let stream = RandomStream(seed: 3, chain: 1, purpose: .noise, step: 4)

  @Test("is the formula with the stream's normals", arguments: Variant.all, PosteriorOptions.all)
  func formula(_ variant: Variant, _ options: PosteriorOptions) {
    func check<K: TestedKernels>(_: K.Type, count: Int, noiseLevel: Double) {
      typealias E = K.Element
      let chain = ChainArrays<E>(count: count)
      var newParameters: [E] = []
      let newDisplacement = updated(chain.displacement) { u in
        newParameters = updated(chain.parameters) { w in
          chain.metric.withUnsafeBufferPointer { metric in
            K.langevinUpdate(
              from: 0, count: count, step: LangevinStep(lr: 0.125, noiseLevel: E(noiseLevel)),
              terms: options.terms(E.self), stream: Self.stream, center: chain.center,
              gradient: chain.gradient, preconditioner: options.preconditioned ? metric.baseAddress : nil,
              displacement: u, parameters: w)
          }
        }
      }
      let (a, force) = (chain.preconditioner(options), chain.force(options))
      let (u, z) = (doubles(chain.displacement), K.noise(count, Self.stream))
      let expected = (0..<count).map { i in
        u[i] - 0.0625 * a[i] * force[i] + (0.125 * a[i]).squareRoot() * noiseLevel * z[i]
      }
      // Every term is below 4, there are five, and each passes about six roundings.
      let tolerance = 60 * unit(E.self)
      expectClose(newDisplacement, expected) { _ in tolerance }
      expectClose(newParameters, zip(doubles(chain.center), expected).map { $0 + $1 }) { _ in 2 * tolerance }
    }
    for noiseLevel in [0, 1, 0.5] {
      for count in awkwardCounts { check(variant.kernels, count: count, noiseLevel: noiseLevel) }
    }
  }

  @Test("moves a free particle by the stream's normals, to the bit", arguments: Variant.all)
  func noise(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let zeros = [K.Element](repeating: 0, count: 1000)
      var parameters = zeros
      let displacement = updated(zeros) {
        K.langevinUpdate(
          from: 0, count: 1000, step: LangevinStep(lr: 1, noiseLevel: 1), terms: .free, stream: Self.stream,
          center: zeros, gradient: zeros, preconditioner: nil, displacement: $0, parameters: &parameters)
      }
      let z = updated(zeros) { K.normals(count: 1000, stream: Self.stream, values: $0) }
      #expect(displacement == z)
      #expect(parameters == z)
    }
    check(variant.kernels)
  }

  @Test("allocates nothing, nor do its like and the making of random numbers", arguments: Variant.all)
  func allocations(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      var x = [K.Element](repeating: 1, count: 1000)
      var (u, w, p) = (x, x, x)
      var words = [UInt32](repeating: 0, count: 1000)
      // The first call of a witness through an existential may set up its table.
      for round in 0..<2 {
        let before = test_allocation_count()
        x.withUnsafeMutableBufferPointer { x in
          guard let x = x.baseAddress else { return }
          K.langevinUpdate(
            from: 0, count: 1000, step: LangevinStep(lr: 1, noiseLevel: 1), terms: .free, stream: Self.stream,
            center: x, gradient: x, preconditioner: x, displacement: &u, parameters: &w)
          _ = K.momentumUpdate(
            from: 0, count: 1000, step: MomentumStep(kick: 1, noise: 1, driftAfter: 1), terms: .free,
            stream: Self.stream, center: x, gradient: x, preconditionerRoot: x, displacement: &u,
            parameters: &w, momentum: &p)
          K.reflect(
            count: 1000, halfWidth: 1, center: x, displacement: &u, parameters: &w, momentum: &p)
          K.posteriorGradient(
            count: 1000, terms: .free, center: x, displacement: x, preconditioner: x, gradient: &u)
          K.secondMomentUpdate(
            count: 1000, decay: 0.9, correction: 1, epsilon: 1, gradient: x, secondMoment: &u,
            preconditioner: &w)
          K.firstMomentUpdate(
            count: 1000, decay: 0.9, correction: 1, gradient: x, firstMoment: &u, corrected: &w)
          K.normals(count: 1000, stream: Self.stream, values: x)
          K.randomWords(count: 1000, stream: Self.stream, words: &words)
          K.addColumnSums(rows: 2, columns: 500, matrix: x, vector: &u)
        }
        if round == 1 { #expect(test_allocation_count() == before) }
      }
    }
    check(variant.kernels)
  }
}

extension PosteriorTerms {
  /// Of a particle that nothing pulls.
  static var free: PosteriorTerms {
    PosteriorTerms(nbeta: 0, localization: 0, metricLocalization: 0, weightDecay: 0)
  }
}
