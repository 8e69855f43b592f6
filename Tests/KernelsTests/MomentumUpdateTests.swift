import KernelDispatch
import Testing

@Suite("Momentum update") struct MomentumUpdateTests {
  static let stream = RandomStream(seed: 3, chain: 1, purpose: .momentum, step: 4)

  /// The steps that samplers are made of: all terms, a kick and a drift, a kick alone, a drift alone.
  static let steps: [MomentumStep<Double>] = [
    MomentumStep(decay: 0.75, kick: 0.125, retain: 0.5, noise: 0.625, driftBefore: 0.25, driftAfter: 0.375),
    MomentumStep(kick: 0.25, driftAfter: 0.5), MomentumStep(kick: 0.125),
    MomentumStep(noise: 0.5, driftBefore: 0.5),
  ]

  @Test("is the formula with the stream's normals", arguments: Variant.all, PosteriorOptions.all)
  func formula(_ variant: Variant, _ options: PosteriorOptions) {
    func check<K: TestedKernels>(_: K.Type, count: Int, step: MomentumStep<Double>) {
      typealias E = K.Element
      let chain = ChainArrays<E>(count: count)
      let root: [E] = rounded(doubles(chain.metric).map { $0.squareRoot() })
      var (newParameters, newMomentum): ([E], [E]) = ([], [])
      let newDisplacement = updated(chain.displacement) { u in
        newParameters = updated(chain.parameters) { w in
          newMomentum = updated(chain.momentum) { p in
            root.withUnsafeBufferPointer { root in
              K.momentumUpdate(
                from: 0, count: count, step: step.rounded(), terms: options.terms(E.self),
                stream: Self.stream,
                center: chain.center, gradient: chain.gradient,
                preconditionerRoot: options.preconditioned ? root.baseAddress : nil, displacement: u,
                parameters: w, momentum: p)
            }
          }
        }
      }
      let force = chain.force(options)
      let a = chain.preconditioner(options).map { $0.squareRoot() }
      let (p, u, z) = (doubles(chain.momentum), doubles(chain.displacement), K.noise(count, Self.stream))
      let kicked = (0..<count).map { step.decay * p[$0] - step.kick * a[$0] * force[$0] }
      let momentum = (0..<count).map { step.retain * kicked[$0] + step.noise * z[$0] }
      // Four terms of at most 2·5·2, of which some pass eight roundings; a drift is at most twice that.
      let tolerance = 8 * 4 * 20 * unit(E.self)
      expectClose(newMomentum, momentum) { _ in tolerance }
      if step.driftBefore == 0 && step.driftAfter == 0 {
        #expect(newDisplacement == chain.displacement && newParameters == chain.parameters)
        return
      }
      let expected = (0..<count).map {
        u[$0] + a[$0] * (step.driftBefore * kicked[$0] + step.driftAfter * momentum[$0])
      }
      expectClose(newDisplacement, expected) { _ in 2 * tolerance }
      expectClose(newParameters, zip(doubles(chain.center), expected).map { $0 + $1 }) { _ in 2 * tolerance }
    }
    for step in Self.steps {
      for count in awkwardCounts { check(variant.kernels, count: count, step: step) }
    }
  }

  @Test("without a kick it does not look at the gradient", arguments: Variant.all)
  func drift(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      var x = [K.Element](repeating: 1, count: 20)
      var w = x
      let gradient = [K.Element](repeating: .nan, count: 20)
      let momentum = updated(x) {
        K.momentumUpdate(
          from: 0, count: 20, step: MomentumStep(driftAfter: 2),
          terms: PosteriorOptions.all[0].terms(K.Element.self),
          stream: Self.stream, center: gradient.map { _ in 0 }, gradient: gradient, preconditionerRoot: nil,
          displacement: &x, parameters: &w, momentum: $0)
      }
      #expect(momentum == [K.Element](repeating: 1, count: 20))
      #expect(x == [K.Element](repeating: 3, count: 20) && w == x)
    }
    check(variant.kernels)
  }
}

extension MomentumStep {
  func rounded<E>(to _: E.Type = E.self) -> MomentumStep<E> {
    MomentumStep<E>(
      decay: E(decay), kick: E(kick), retain: E(retain), noise: E(noise), driftBefore: E(driftBefore),
      driftAfter: E(driftAfter))
  }
}
