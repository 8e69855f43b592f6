import Sampling
import TensorCore
import TestSupport
import Testing

/// What is recorded, what depends on what, and what a run tells.
@Suite struct ChainTests {
  private let posterior = Posterior<Float>(nbeta: 10, localization: 1)
  private let shifts: [Float] = (0..<10).map { Float($0) / 10 - 0.45 }

  private func noisy(chains: Int = 3, seed: UInt64 = 5, threads: Int = 1, draws: Int = 40) throws -> Recorded
  {
    try record(
      SGLD(posterior, lr: 1e-3), chains: chains, draws: draws, burnin: 3, between: 2, checks: 10, seed: seed,
      batchSize: 3,
      threads: threads, center: [0, 0]
    ) { [shifts] in Quadratic(curvatures: [1, 2], shifts: shifts) }
  }

  @Test(arguments: [2, 3, 4]) func `any number of threads gives the same bits`(threads: Int) throws {
    #expect(try noisy(threads: threads) == noisy(threads: 1))
  }

  @Test func `a chain does not depend on how many chains there are`() throws {
    let (few, many) = (try noisy(chains: 2), try noisy(chains: 5))
    #expect(Array(many.losses[..<2]) == few.losses)
    #expect(Array(many.acceptance[..<2]) == few.acceptance)
  }

  @Test func `chains differ from each other, and seeds from their neighbours, at every draw after the first`()
    throws
  {
    let (a, b) = (try noisy(seed: 5), try noisy(seed: 6))
    for (x, y) in [(a.losses[0], a.losses[1]), (a.losses[0], b.losses[0]), (a.losses[1], b.losses[0])] {
      #expect(zip(x, y).filter { $0 == $1 }.isEmpty)
    }
  }

  @Test func `two coordinates with the same law get different noise`() throws {
    // With L = ½ w₁² − the loss of w alone would be the same for both coordinates if they shared their noise.
    func trace(_ curvatures: [Float]) throws -> [Double] {
      try record(SGLD(posterior, lr: 1e-3), draws: 10, seed: 9, center: [0, 0]) {
        Quadratic(curvatures: curvatures)
      }.losses[0]
    }
    let (first, second) = (try trace([1, 0]), try trace([0, 1]))
    #expect(zip(first, second).dropFirst().allSatisfy { $0 != $1 })
  }

  @Test func `draws are recorded before the step that leaves them, after burn-in, every so many steps`()
    throws
  {
    func trace(draws: Int, burnin: Int, between: Int) throws -> [Double] {
      try record(SGLD(posterior, lr: 1e-3), draws: draws, burnin: burnin, between: between, center: [1]) {
        Quadratic(curvatures: [1])
      }.losses[0]
    }
    let every = try trace(draws: 20, burnin: 0, between: 1)
    #expect(every[0] == 0.5)  // the centre itself
    let some = try trace(draws: 4, burnin: 5, between: 3)
    #expect(some == [every[5], every[8], every[11], every[14]])
  }

  @Test func `scoring moves does not change the chain`() throws {
    func trace(checks: Int) throws -> [[Double]] {
      try record(SGLD(posterior, lr: 1e-3), draws: 30, checks: checks, batchSize: 3, center: [0, 0]) {
        [shifts] in
        Quadratic(curvatures: [1, 2], shifts: shifts)
      }.losses
    }
    #expect(try trace(checks: 0) == trace(checks: 30))
  }

  @Test func `the baseline is the loss at the centre on the same minibatch`() throws {
    // Without noise, drift or pull the chain stays: loss and baseline are then equal batch by batch.
    let recorded = try record(
      SGLD<Double>(Posterior(nbeta: 1, localization: 0), lr: 1e-300, noiseLevel: 0), draws: 25, batchSize: 3,
      center: [0.25]
    ) { Quadratic(curvatures: [2], shifts: (0..<10).map { Double($0) }) }
    #expect(recorded.losses == recorded.baselines)
    #expect(Set(recorded.losses[0]).count > 5)
  }

  /// The same chain three times: its draws measured by the loss over all samples, on batches of their own, and on the
  /// batches of its steps.
  @Test func `a batch of its own measures a draw without bias, where that of its step is too high`() throws {
    // Samples that disagree about the minimum: gradient noise at the centre, which is the minimum of their mean.
    let shifts = (0..<32).map { Double($0) - 15.5 }
    func differences(_ drawBatch: DrawBatch, exactly: Bool) throws -> [Double] {
      let recorded = try record(
        SGLD<Double>(Posterior(nbeta: 10, localization: 0), lr: 1e-3), draws: 40_000, burnin: 2000,
        batchSize: 4,
        drawBatch: drawBatch, center: [0]
      ) {
        exactly
          ? ExactlyMeasured(curvatures: [2], shifts: shifts) : Quadratic(curvatures: [2], shifts: shifts)
      }
      return zip(recorded.losses[0], recorded.baselines[0]).map { $0 - $1 }
    }
    let exact = try differences(.independent, exactly: true)
    func error(_ drawBatch: DrawBatch) throws -> (mean: Double, standardError: Double) {
      let errors = zip(try differences(drawBatch, exactly: false), exact).map { $0 - $1 }
      let mean = errors.reduce(0, +) / Double(errors.count)
      let variance = errors.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(errors.count)
      return (mean, (variance / Double(errors.count)).squareRoot())
    }
    let (own, step) = (try error(.independent), try error(.ofStep))
    // Given the chain, the batches of their own are independent of each other, and so are the errors.
    #expect(abs(own.mean) < 4 * own.standardError)
    #expect(step.mean > 10 * own.standardError)
  }

  @Test func `divergence is told at the step where the loss stops being finite, and stops the others`() throws
  {
    // |1 − εh/2| = 1e30: w grows by 30 digits a step; its square leaves Double's range at 1e308, on step 6.
    let recorded = try record(
      SGLD<Double>(Posterior(nbeta: 1, localization: 0), lr: 2e30, noiseLevel: 0), chains: 2, draws: 100,
      center: [1]
    ) { Quadratic(curvatures: [1]) }
    #expect(recorded.state == .diverged)
    #expect(recorded.divergedSteps[0] == 6)
    #expect(recorded.drawsDone[0] == 6)
    #expect(recorded.losses[0][..<6].allSatisfy(\.isFinite) && recorded.losses[0][6...].allSatisfy(\.isNaN))
    #expect(recorded.drawsDone[1] < 100)
  }

  @Test(arguments: [1, 2, 4]) func `the first divergence is the same with any number of threads`(threads: Int)
    throws
  {
    // A double well seen as a quadratic: unstable, so that the noise decides when each chain leaves Float's range.
    let recorded = try record(
      SGLD<Float>(Posterior(nbeta: 1, localization: 0), lr: 3), chains: 6, draws: 2000, seed: 2,
      threads: threads,
      center: [0]
    ) { Quartic() }
    let first = recorded.divergedSteps.filter { $0 >= 0 }.min()
    let serial = try record(
      SGLD<Float>(Posterior(nbeta: 1, localization: 0), lr: 3), chains: 6, draws: 2000, seed: 2, center: [0]
    ) { Quartic() }
    #expect(recorded.state == .diverged && first != nil)
    #expect(first == serial.divergedSteps.filter { $0 >= 0 }.min())
    #expect(
      recorded.divergedSteps.firstIndex(of: first ?? -2) == serial.divergedSteps.firstIndex(of: first ?? -2))
  }

  @Test func `the gradient's norm at the centre is that over all samples, a short last batch included`()
    throws
  {
    // ∇ = curvature (w − mean shift) in each coordinate: 1·(2 + 0) and 2·(0 + 0).
    let recorded = try record(SGLD(posterior, lr: 1e-3), draws: 2, batchSize: 3, center: [2, 0]) { [shifts] in
      Quadratic(curvatures: [1, 2], shifts: shifts)
    }
    #expect(abs(recorded.gradientNorm - 2) < 1e-6)
  }
}
