import Glibc
import TensorCore

extension ChainRunner {
  /// Makes the next move, and measures it on the way. Costs two gradients more, and leaves the chain where the move alone
  /// would have.
  func checkMove(from arrival: Arrival, _ evaluator: Evaluator<T>) {
    defer { chain.advance() }
    guard let spare = chain.state.spare else { return chain.move() }
    let (state, sampler, dimension) = (chain.state, chain.sampler, chain.state.dimension)
    checks.gradientNoise.add(gradientNoise(evaluator, spare))
    if let p = sampler.momentum {
      let variance = T.kernels.dot(count: dimension, p, p) / Double(dimension)
      // That which the step before has made.
      let lrFactor = chain.schedule.lrFactor(at: max(0, chain.step - 1))
      checks.temperature.add(variance / sampler.momentumVariance(lrFactor: lrFactor))
    }
    let lrFactor = chain.schedule.lrFactor(at: chain.step)
    // From here on the spare vector is where the move began.
    spare.update(from: state.displacement, count: dimension)
    let energy = sampler.posterior.energy(state, loss: arrival.loss)
    chain.move()
    let before = moveEnd(energy: energy, at: spare, movedFrom: spare)
    let size = sampler.moveSizes(lrFactor: lrFactor)
    checks.driftNorm.add(size.drift * before.squaredGradient.squareRoot())
    checks.noiseNorm.add(size.noise * Double(dimension).squareRoot())
    guard let scored = sampler as? any MoveScoring<T> else { return }
    let loss = evaluator.gradient(of: chain.batch, for: chain)
    chain.gatherGradient()
    let after = moveEnd(
      energy: sampler.posterior.energy(state, loss: loss), at: state.displacement, movedFrom: spare)
    let logAcceptance = scored.logAcceptance(before, after, lrFactor: lrFactor)
    // A move to where the loss is not finite would never be accepted.
    checks.acceptance.add(logAcceptance.isNaN ? 0 : min(1, exp(logAcceptance)))
  }

  /// One end of the move from `origin` to where the chain is: `displacement`, which is one of the two. state.gradient
  /// holds that of the loss there, and becomes ∇U.
  private func moveEnd(
    energy: Double, at displacement: UnsafePointer<T>, movedFrom origin: UnsafePointer<T>
  ) -> MoveEnd {
    let (state, sampler, count) = (chain.state, chain.sampler, chain.state.dimension)
    let gradient = UnsafePointer(state.gradient)
    sampler.posterior.complete(state, at: displacement)
    func dot(_ x: UnsafePointer<T>) -> Double { T.kernels.dot(count: count, x, gradient) }
    return MoveEnd(
      energy: energy, slope: dot(state.displacement) - dot(origin),
      squaredGradient: sampler.preconditioner.map {
        T.kernels.weightedDot(count: count, weights: $0, gradient, gradient)
      } ?? dot(gradient),
      momentumSlope: sampler.momentum.map { p in
        sampler.posterior.preconditioner.map {
          T.kernels.weightedDot(count: count, weights: $0.root, p, gradient)
        } ?? dot(p)
      } ?? 0)
  }

  /// tr A C from two independent minibatches where the chain is, with C the covariance of ∇U over them. The gradient is
  /// afterwards as it was.
  private func gradientNoise(_ evaluator: Evaluator<T>, _ spare: UnsafeMutablePointer<T>) -> Double {
    guard let batch = evaluator.independentBatch(for: chain) else { return 0 }
    let (state, count) = (chain.state, chain.state.dimension)
    spare.update(from: state.gradient, count: count)
    _ = evaluator.gradient(of: batch, for: chain)
    chain.gatherGradient()
    T.add(spare, times: -1, to: state.gradient, count: count)
    let difference = UnsafePointer(state.gradient)
    let squares =
      chain.sampler.preconditioner.map {
        T.kernels.weightedDot(count: count, weights: $0, difference, difference)
      } ?? T.kernels.dot(count: count, difference, difference)
    state.gradient.update(from: spare, count: count)
    let nbeta = chain.sampler.posterior.nbeta
    return nbeta * nbeta * squares / 2
  }
}

extension MoveChecks<RunningMean> {
  func write(to trace: Trace, chain: Int) {
    trace.checks.acceptance?[chain] = acceptance.value
    trace.checks.driftNorm?[chain] = driftNorm.value
    trace.checks.noiseNorm?[chain] = noiseNorm.value
    trace.checks.temperature?[chain] = temperature.value
    trace.checks.gradientNoise?[chain] = gradientNoise.value
  }
}
