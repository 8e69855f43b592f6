import CSwiftLLC
import Testing

/// A chain that is driven by hand on the linear model of `LinearModel`, whose loss and gradient are computed here.
private final class DrivenChain {
  let small: SmallRun
  var state = sllc_chain_state()
  private(set) var chain: OpaquePointer?

  init(kind: Int = SLLC_SGLD, number: Int64 = 0, _ change: (SmallRun) -> Void = { _ in }) throws {
    small = SmallRun(try LinearModel(), kind: kind, draws: 40)
    small.options.num_acceptance_checks = 0
    change(small)
    state.struct_size = Int64(MemoryLayout<sllc_chain_state>.size)
    try #require(
      sllc_chain_create(
        Int32(SLLC_FLOAT64), 4, 8, small.linear.center, &small.sampler, &small.options, number, &chain)
        == SLLC_OK)
    try #require(sllc_chain_look(chain, &state) == SLLC_OK)
  }

  deinit { sllc_chain_free(chain) }

  var parameters: UnsafePointer<Double> { state.parameters.assumingMemoryBound(to: Double.self) }
  var gradient: UnsafeMutablePointer<Double> { state.gradient.assumingMemoryBound(to: Double.self) }
  var position: [Double] { (0..<4).map { parameters[$0] } }
  var batch: [Int64] { (0..<Int(state.batch_count)).map { state.batch[$0] } }

  /// The mean loss of the batch where the chain is; its gradient goes where it is expected.
  func evaluate() -> Double {
    var loss = 0.0
    for k in 0..<4 { gradient[k] = 0 }
    for row in batch {
      let x = (1...4).map { (Int(row) & $0).nonzeroBitCount % 2 == 0 ? 1.0 : -1.0 }
      let error = (0..<4).map { x[$0] * (parameters[$0] - LinearModel.weights[$0]) }.reduce(0, +)
      loss += error * error / Double(batch.count)
      for k in 0..<4 { gradient[k] += 2 * error * x[k] / Double(batch.count) }
    }
    return loss
  }

  func tell(_ loss: Double) -> sllc_status { sllc_chain_tell(chain, loss, &state) }
  func leave() -> sllc_status { sllc_chain_leave(chain, &state) }

  func restart(number: Int64) throws {
    try #require(sllc_chain_restart(chain, number) == SLLC_OK)
    try #require(sllc_chain_look(chain, &state) == SLLC_OK)
  }

  /// The losses of the next draws.
  func draws(_ count: Int) throws -> [Double] {
    var losses: [Double] = []
    while losses.count < count {
      try #require(tell(evaluate()) == SLLC_OK)
      if state.has_arrived == 0 { continue }
      losses.append(state.loss)
      try #require(leave() == SLLC_OK)
    }
    return losses
  }

  func measures() throws -> sllc_chain_measures {
    var measures = sllc_chain_measures()
    measures.struct_size = Int64(MemoryLayout<sllc_chain_measures>.size)
    try #require(sllc_chain_measure(chain, &measures) == SLLC_OK)
    return measures
  }
}

private func isClose(_ one: Double, _ other: Double) -> Bool {
  (one.isNaN && other.isNaN) || abs(one - other) <= 1e-9 * max(1, abs(other))
}

@Suite struct ChainHandleTests {
  @Test(arguments: samplerKinds) func `is the chain of that number of a run`(kind: Int) throws {
    let driven = try DrivenChain(kind: kind, number: 1) { small in
      for k in 0..<4 { small.linear.center[k] += 0.1 }
      small.options.draw_batches = Int32(SLLC_STEP_BATCHES)
      small.options.num_acceptance_checks = 7
    }
    try #require(driven.small.start() == SLLC_OK)
    try driven.small.finish()
    let losses = driven.small.values(\.losses, 80).suffix(40)
    #expect(zip(try driven.draws(40), losses).allSatisfy(isClose))
    #expect(driven.state.step == 40)
    let measures = try driven.measures()
    let pairs: [(Double, KeyPath<sllc_trace, UnsafeMutablePointer<Double>?>)] = [
      (measures.acceptance, \.acceptance), (measures.drift_norm, \.drift_norms),
      (measures.noise_norm, \.noise_norms), (measures.temperature, \.temperatures),
      (measures.gradient_noise, \.gradient_noise), (measures.stiffness, \.stiffness),
    ]
    for (measure, buffer) in pairs {
      #expect(isClose(measure, driven.small.values(buffer)[1]), "\(buffer)")
    }
  }

  @Test func `its buffers stay where they are`() throws {
    let driven = try DrivenChain()
    let (parameters, gradient, batch) = (driven.state.parameters, driven.state.gradient, driven.state.batch)
    #expect(driven.position == LinearModel.weights)
    #expect((driven.state.batch_size, driven.state.nbeta, driven.state.step) == (4, 100, 0))
    #expect(driven.state.loss.isNaN)
    _ = try driven.draws(20)
    try driven.restart(number: 3)
    #expect(
      (driven.state.parameters, driven.state.gradient, driven.state.batch) == (parameters, gradient, batch))
    #expect(driven.position == LinearModel.weights)
    #expect(driven.state.step == 0 && driven.state.loss.isNaN)
  }

  @Test func `restarting is beginning anew`() throws {
    let driven = try DrivenChain(number: 5)
    let first = try driven.draws(30)
    try driven.restart(number: 5)
    #expect(try driven.draws(30) == first)
    #expect(try DrivenChain(number: 6).draws(30) != first)
  }

  @Test func `the batch of a draw does not change while the chain is there`() throws {
    let driven = try DrivenChain { $0.options.batch_size = 3 }
    var (before, after) = ([Int64](repeating: -9, count: 4), [Int64](repeating: -9, count: 4))
    #expect(sllc_chain_draw_batch(driven.chain, &before) == SLLC_OK)
    #expect(driven.tell(driven.evaluate()) == SLLC_OK)
    #expect(sllc_chain_draw_batch(driven.chain, &after) == SLLC_OK)
    #expect(before == after && before[3] == -9)
    #expect(before.prefix(3).allSatisfy { (0..<8).contains($0) })
  }

  @Test func `what a mask holds does not move, and may have any gradient`() throws {
    let mask = array([UInt8(1), 0, 7, 1])
    defer { mask.deallocate() }
    let driven = try DrivenChain { $0.options.mask = UnsafePointer(mask) }
    for _ in 0..<20 {
      let loss = driven.evaluate()
      driven.gradient[1] = .nan
      #expect(driven.tell(loss) == SLLC_OK)
      #expect(driven.leave() == SLLC_OK)
    }
    #expect(zip(driven.position, LinearModel.weights).map { $0 != $1 } == [true, false, true, true])
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `what is not finite is refused, and the chain is where it was`(value: Double) throws {
    let driven = try DrivenChain()
    _ = try driven.draws(3)
    let (before, batch) = (driven.position, driven.batch)
    expectRefused(naming: "the loss is \(value) at step 3") { driven.tell(value) }
    driven.gradient[2] = value
    expectRefused(naming: "the gradient is not finite at step 3") { driven.tell(1) }
    expectRefused(naming: "has not arrived") { driven.leave() }
    #expect(driven.position == before && driven.batch == batch)
    #expect(driven.tell(driven.evaluate()) == SLLC_OK)
  }

  @Test func `on the way of a trajectory it is a rejection`() throws {
    let driven = try DrivenChain(kind: SLLC_HMC)
    let start = try driven.draws(1)[0]
    driven.gradient[0] = .nan
    #expect(driven.tell(.nan) == SLLC_OK)
    #expect(driven.state.has_arrived != 0)
    #expect((driven.state.loss, driven.state.acceptance) == (start, 0))
    #expect(driven.position == LinearModel.weights)
  }

  @Test func `tells and leaves by turns`() throws {
    let driven = try DrivenChain()
    expectRefused(naming: "has not arrived") { driven.leave() }
    #expect(driven.tell(driven.evaluate()) == SLLC_OK)
    for loss in [1, Double.nan] {
      expectRefused(naming: "it must leave before it is told more") { driven.tell(loss) }
    }
    #expect(driven.leave() == SLLC_OK)
  }

  @Test func `NULL and other handles are refused by name`() throws {
    let driven = try DrivenChain()
    let small = driven.small
    let (chain, w, model) = (driven.chain, small.linear.center, small.linear.model)
    var (sampler, options, state) = (small.sampler, small.options, driven.state)
    var measures = sllc_chain_measures()
    var rows = [Int64](repeating: -9, count: 8)
    var made: OpaquePointer?
    let nulls: [(String, () -> sllc_status)] = [
      ("parameters", { sllc_chain_create(1, 4, 8, nil, &sampler, &options, 0, &made) }),
      ("sampler", { sllc_chain_create(1, 4, 8, w, nil, &options, 0, &made) }),
      ("options", { sllc_chain_create(1, 4, 8, w, &sampler, nil, 0, &made) }),
      ("chain", { sllc_chain_create(1, 4, 8, w, &sampler, &options, 0, nil) }),
      ("chain", { sllc_chain_restart(nil, 0) }),
      ("chain", { sllc_chain_look(nil, &state) }),
      ("state", { sllc_chain_look(chain, nil) }),
      ("chain", { sllc_chain_tell(nil, 1, &state) }),
      ("state", { sllc_chain_tell(chain, 1, nil) }),
      ("chain", { sllc_chain_leave(nil, &state) }),
      ("state", { sllc_chain_leave(chain, nil) }),
      ("chain", { sllc_chain_draw_batch(nil, &rows) }),
      ("rows", { sllc_chain_draw_batch(chain, nil) }),
      ("chain", { sllc_chain_measure(nil, &measures) }),
      ("measures", { sllc_chain_measure(chain, nil) }),
    ]
    for (name, call) in nulls { expectRefused(naming: "\(name) is NULL", call) }
    let others: [() -> sllc_status] = [
      { sllc_chain_restart(model, 0) }, { sllc_chain_look(model, &state) },
      { sllc_chain_tell(model, 1, &state) }, { sllc_chain_leave(model, &state) },
      { sllc_chain_draw_batch(model, &rows) }, { sllc_chain_measure(model, &measures) },
    ]
    for call in others { expectRefused(naming: "chain is a handle of another kind", call) }
    expectRefused(naming: "model is a handle of another kind") { sllc_model_parameter_count(chain, &rows) }
    #expect(made == nil)
    #expect(rows.allSatisfy { $0 == -9 })
    sllc_chain_free(nil)
    sllc_chain_free(model)
    sllc_model_free(chain)
    // Nothing was told: the chain has still to arrive.
    #expect(sllc_chain_look(chain, &state) == SLLC_OK)
    #expect(state.has_arrived == 0)
  }

  @Test func `numbers that cannot be are refused by name`() throws {
    let driven = try DrivenChain()
    let w = driven.small.linear.center
    var (sampler, options) = (driven.small.sampler, driven.small.options)
    var made: OpaquePointer?
    func create(precision: Int32 = 1, count: Int64 = 4, samples: Int64 = 8, number: Int64 = 0) -> sllc_status
    {
      sllc_chain_create(precision, count, samples, w, &sampler, &options, number, &made)
    }
    for n in [Int64.min, -1, .max] {
      expectRefused(naming: "parameter_count is \(n)") { create(count: n) }
      expectRefused(naming: "samples is \(n)") { create(samples: n) }
      expectRefused(naming: "number is \(n)") { create(number: n) }
      expectRefused(naming: "number is \(n)") { sllc_chain_restart(driven.chain, n) }
    }
    for n in [-1, 2] as [Int32] { expectRefused(naming: "precision is \(n)") { create(precision: n) } }
    expectRefused(naming: "parameter_count is 0") { create(count: 0) }
    expectRefused(naming: "samples is 0") { create(samples: 0) }
    options.batch_size = 9
    expectRefused(naming: "batch_size is 9") { create() }
    options.batch_size = 4
    sampler.lr = .nan
    expectRefused(naming: "lr must be given") { create() }
    #expect(made == nil)
  }

  @Test(arguments: [Int64.min, 0, 8]) func `structs that are too small are refused`(size: Int64) throws {
    let driven = try DrivenChain()
    driven.state.struct_size = size
    expectRefused(naming: "state.struct_size is \(size)") { sllc_chain_look(driven.chain, &driven.state) }
    expectRefused(naming: "state.struct_size is \(size)") { driven.tell(1) }
    expectRefused(naming: "state.struct_size is \(size)") { driven.leave() }
    var measures = sllc_chain_measures()
    measures.struct_size = size
    expectRefused(naming: "measures.struct_size is \(size)") { sllc_chain_measure(driven.chain, &measures) }
  }
}
