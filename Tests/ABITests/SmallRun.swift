import CSwiftLLC
import Testing

/// Every kind of sampler.
let samplerKinds = [
  SLLC_SGLD, SLLC_RMSPROP_SGLD, SLLC_ADAM_SGLD, SLLC_SGHMC, SLLC_SGNHT, SLLC_UNDERDAMPED_LANGEVIN, SLLC_MALA,
  SLLC_HMC,
]

/// The defaults of a kind.
func samplerOptions(_ kind: Int) -> sllc_sampler_options {
  var options = sllc_sampler_options()
  sllc_sampler_options_init(&options, Int64(MemoryLayout<sllc_sampler_options>.size), Int32(kind))
  return options
}

/// One call of `sllc_run_start` on a linear model, to be varied: its options, its buffers, and its run.
final class SmallRun: @unchecked Sendable {
  /// What the buffers hold before a run.
  static let untouched = -12345.0

  let linear: LinearModel
  var sampler: sllc_sampler_options
  var options = sllc_run_options()
  var trace = sllc_trace()
  private(set) var run: OpaquePointer?
  private let floats: UnsafeMutableBufferPointer<Double>
  private let integers: UnsafeMutableBufferPointer<Int64>

  init(_ linear: LinearModel, kind: Int = SLLC_SGLD, chains: Int = 2, draws: Int = 5) {
    self.linear = linear
    sampler = samplerOptions(kind)
    sampler.lr = 1e-3
    if kind == SLLC_UNDERDAMPED_LANGEVIN { sampler.friction = 10 }
    sllc_run_options_init(&options, Int64(MemoryLayout<sllc_run_options>.size))
    options.nbeta = 100
    options.num_chains = Int64(chains)
    options.num_draws = Int64(draws)
    options.num_burnin_steps = 0
    options.batch_size = kind == SLLC_MALA || kind == SLLC_HMC ? 0 : 4
    floats = .allocate(capacity: chains * (3 * draws + 6))
    floats.initialize(repeating: SmallRun.untouched)
    integers = .allocate(capacity: 2 * chains)
    integers.initialize(repeating: Int64(SmallRun.untouched))
    let (floats, integers) = (floats.baseAddress, integers.baseAddress)
    let ofChains = floats.map { $0 + 3 * chains * draws }
    trace = sllc_trace(
      struct_size: Int64(MemoryLayout<sllc_trace>.size), chains: Int64(chains), draws: Int64(draws),
      losses: floats, baselines: floats.map { $0 + chains * draws }, draws_done: integers,
      diverged_steps: integers.map { $0 + chains }, distances: floats.map { $0 + 2 * chains * draws },
      acceptance: ofChains, drift_norms: ofChains.map { $0 + chains },
      noise_norms: ofChains.map { $0 + 2 * chains }, temperatures: ofChains.map { $0 + 3 * chains },
      gradient_noise: ofChains.map { $0 + 4 * chains }, stiffness: ofChains.map { $0 + 5 * chains })
  }

  deinit {
    free()
    floats.deallocate()
    integers.deallocate()
  }

  func start() -> sllc_status {
    sllc_run_start(linear.model, linear.dataset, linear.center, &sampler, &options, &trace, &run)
  }

  /// Starts a run that would take years.
  func startEndless() throws {
    options.num_burnin_steps = 1 << 50
    try #require(start() == SLLC_OK)
  }

  func wait(milliseconds: Int64) throws -> sllc_progress {
    var progress = sllc_progress()
    progress.struct_size = Int64(MemoryLayout<sllc_progress>.size)
    try #require(sllc_run_wait(run, milliseconds, &progress) == SLLC_OK)
    return progress
  }

  /// Waits for the end.
  @discardableResult func finish() throws -> sllc_progress {
    while true {
      let progress = try wait(milliseconds: 1000)
      if progress.state != SLLC_RUNNING { return progress }
    }
  }

  func free() {
    sllc_run_free(run)
    run = nil
  }

  /// Of a buffer of the trace, the first `count` numbers.
  func values(_ buffer: KeyPath<sllc_trace, UnsafeMutablePointer<Double>?>, _ count: Int = 2) -> [Double] {
    trace[keyPath: buffer].map { buffer in (0..<count).map { buffer[$0] } } ?? []
  }

  var isUntouched: Bool {
    run == nil && floats.allSatisfy { $0 == SmallRun.untouched }
      && integers.allSatisfy { $0 == Int64(SmallRun.untouched) }
  }

  /// All that the run wrote, as bits, so that NaN equals NaN.
  var written: [UInt64] { floats.map(\.bitPattern) + integers.map { UInt64(bitPattern: $0) } }
}
