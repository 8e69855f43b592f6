import CSwiftLLC
import Sampling
import TensorCore

@_cdecl("sllc_run_options_init")
public func sllc_run_options_init(_ options: UnsafeMutablePointer<sllc_run_options>?, _ structSize: Int64) {
  fill(
    options, size: structSize,
    with: sllc_run_options(
      struct_size: structSize, nbeta: .nan, num_chains: 4, num_draws: 500,
      num_burnin_steps: 200, num_steps_bw_draws: 1, batch_size: 0, seed: 0, threads: 0,
      num_acceptance_checks: 100, draw_batches: Int32(SLLC_INDEPENDENT_BATCHES), microbatch_size: 0,
      mask: nil, lr_factors: nil, lr_factor_count: 0, stop_at_relative_error: 0, num_stop_checks: 20,
      num_draws_before_stop: 0, stop_below_acceptance: 0, with_replacement: 0, keep_path: nil, keep_tag: nil))
}

@_cdecl("sllc_run_start")
public func sllc_run_start(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ parameters: UnsafeRawPointer?,
  _ sampler: UnsafePointer<sllc_sampler_options>?, _ options: UnsafePointer<sllc_run_options>?,
  _ trace: UnsafePointer<sllc_trace>?, _ run: UnsafeMutablePointer<OpaquePointer?>?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    let dataset = try DatasetHandle.dataset(dataset, of: model)
    let start = RunStart(
      program: model.program, dataset: dataset, parameters: try require(parameters, "parameters"),
      sampler: try require(sampler, "sampler").pointee, options: try require(options, "options").pointee,
      trace: try require(trace, "trace").pointee)
    let run = try require(run, "run")
    switch model.precision {
    case .float32: run.pointee = try start.begin(Float.self).retained()
    case .float64: run.pointee = try start.begin(Double.self).retained()
    }
  }
}

@_cdecl("sllc_run_wait")
public func sllc_run_wait(
  _ run: OpaquePointer?, _ milliseconds: Int64, _ progress: UnsafeMutablePointer<sllc_progress>?
) -> sllc_status {
  status {
    let handle = try RunHandle.from(run, "run")
    let progress = try require(progress, "progress")
    let size = progress.pointee.struct_size
    try requireSize(size, of: "progress", atLeast: MemoryLayout<sllc_progress>.size)
    handle.run.wait(milliseconds: Int(milliseconds))
    // The state first: once it says that the run has ended, the counts are final.
    let state = handle.run.state
    let sampling = handle.run.job as? any SamplingStatus
    progress.pointee = sllc_progress(
      struct_size: size, steps_done: Int64(handle.run.control.stepsDone),
      steps_total: Int64(handle.run.job.stepCount), state: state.rawValue, nbeta: handle.nbeta,
      batch_size: Int64(handle.batchSize), threads: Int64(handle.run.threadCount),
      init_loss: sampling?.lossAtCenter ?? .nan, gradient_norm: sampling?.gradientNormAtCenter ?? .nan,
      microbatch_size: Int64(handle.microbatch), init_loss_samples: Int64(sampling?.lossSampleCount ?? 0),
      keep_error: sampling?.lastKeepingError ?? 0)
  }
}

@_cdecl("sllc_run_cancel")
public func sllc_run_cancel(_ run: OpaquePointer?) -> sllc_status {
  status { try RunHandle.from(run, "run").run.control.cancel() }
}

@_cdecl("sllc_run_free")
public func sllc_run_free(_ run: OpaquePointer?) {
  if let handle = try? RunHandle.from(run, "run") {
    // Python frees, in a forked child, what other threads of the parent were using. There it is left alone.
    if handle.run.isInherited { return }
    // Joined here, not by whichever thread lets go last.
    handle.run.end()
  }
  RunHandle.release(run)
}
