import CSwiftLLC
import Sampling
import TensorCore

@_cdecl("sllc_chain_create")
public func sllc_chain_create(
  _ precision: Int32, _ parameterCount: Int64, _ samples: Int64, _ parameters: UnsafeRawPointer?,
  _ sampler: UnsafePointer<sllc_sampler_options>?, _ options: UnsafePointer<sllc_run_options>?,
  _ number: Int64, _ chain: UnsafeMutablePointer<OpaquePointer?>?
) -> sllc_status {
  status {
    let parameters = try require(parameters, "parameters")
    let sampler = try require(sampler, "sampler").pointee
    let options = try require(options, "options").pointee
    let result = try require(chain, "chain")
    // The counts of OpenBLAS, and of row numbers.
    try require(
      (1...Int64(Int32.max)).contains(parameterCount),
      "parameter_count is \(parameterCount); it must be in 1 ... \(Int32.max)")
    try require(
      (1...Int64(UInt32.max)).contains(samples), "samples is \(samples); it must be in 1 ... \(UInt32.max)")
    func handle<T: Scalar>(_: T.Type) throws -> ChainHandle {
      let plan = try ChainPlan<T>(
        sampler, options, parameters: parameters, count: Int(parameterCount), samples: Int(samples))
      return try ChainHandle(try CheckedChain(plan.setup), nbeta: plan.nbeta, batchSize: plan.batchSize)
    }
    let made =
      switch try scalarPrecision(precision) {
      case .float32: try handle(Float.self)
      case .float64: try handle(Double.self)
      }
    try made.restart(number: number)
    result.pointee = made.retained()
  }
}

@_cdecl("sllc_chain_free")
public func sllc_chain_free(_ chain: OpaquePointer?) { ChainHandle.release(chain) }

@_cdecl("sllc_chain_restart")
public func sllc_chain_restart(_ chain: OpaquePointer?, _ number: Int64) -> sllc_status {
  status { try ChainHandle.from(chain, "chain").restart(number: number) }
}

@_cdecl("sllc_chain_look")
public func sllc_chain_look(_ chain: OpaquePointer?, _ state: UnsafeMutablePointer<sllc_chain_state>?)
  -> sllc_status
{
  act(on: chain, state) { _ in }
}

@_cdecl("sllc_chain_tell")
public func sllc_chain_tell(
  _ chain: OpaquePointer?, _ loss: Double, _ state: UnsafeMutablePointer<sllc_chain_state>?
) -> sllc_status {
  act(on: chain, state) { try $0.tell(loss: loss) }
}

@_cdecl("sllc_chain_leave")
public func sllc_chain_leave(_ chain: OpaquePointer?, _ state: UnsafeMutablePointer<sllc_chain_state>?)
  -> sllc_status
{
  act(on: chain, state) { try $0.leave() }
}

@_cdecl("sllc_chain_draw_batch")
public func sllc_chain_draw_batch(_ chain: OpaquePointer?, _ rows: UnsafeMutablePointer<Int64>?)
  -> sllc_status
{
  status {
    let chain = try ChainHandle.from(chain, "chain")
    chain.writeDrawBatch(to: try require(rows, "rows"))
  }
}

@_cdecl("sllc_chain_measure")
public func sllc_chain_measure(
  _ chain: OpaquePointer?, _ measures: UnsafeMutablePointer<sllc_chain_measures>?
) -> sllc_status {
  status {
    let chain = try ChainHandle.from(chain, "chain").chain
    let measures = try require(measures, "measures")
    let size = measures.pointee.struct_size
    try requireSize(size, of: "measures", atLeast: MemoryLayout<sllc_chain_measures>.size)
    let means = chain.means
    measures.pointee = sllc_chain_measures(
      struct_size: size, distance: chain.distance, acceptance: means.acceptance, drift_norm: means.driftNorm,
      noise_norm: means.noiseNorm, temperature: means.temperature, gradient_noise: means.gradientNoise,
      stiffness: means.stiffness)
  }
}

/// Does something with a chain and says how it is then; or, where that fails, only why.
private func act(
  on chain: OpaquePointer?, _ state: UnsafeMutablePointer<sllc_chain_state>?,
  _ action: (ChainHandle) throws -> Void
) -> sllc_status {
  status {
    let chain = try ChainHandle.from(chain, "chain")
    let state = try require(state, "state")
    let size = state.pointee.struct_size
    try requireSize(size, of: "state", atLeast: MemoryLayout<sllc_chain_state>.size)
    try action(chain)
    state.pointee = chain.state(structSize: size)
  }
}
