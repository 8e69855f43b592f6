import CSupport
import CSwiftLLC
import Sampling
import TensorCore

@_cdecl("sllc_training_options_init")
public func sllc_training_options_init(
  _ options: UnsafeMutablePointer<sllc_training_options>?, _ structSize: Int64
) {
  fill(
    options, size: structSize,
    with: sllc_training_options(
      struct_size: structSize, optimizer: Int32(SLLC_SGD), lr: .nan,
      momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, num_steps: 1000, batch_size: 0,
      seed: 0))
}

@_cdecl("sllc_training_start")
public func sllc_training_start(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ options: UnsafePointer<sllc_training_options>?,
  _ parameters: UnsafeMutableRawPointer?, _ losses: UnsafeMutablePointer<Double>?,
  _ run: UnsafeMutablePointer<OpaquePointer?>?
) -> sllc_status {
  status {
    let model = try ModelHandle.from(model, "model")
    let dataset = try DatasetHandle.dataset(dataset, of: model)
    let options = try require(options, "options").pointee
    try requireSize(options.struct_size, of: "options", atLeast: MemoryLayout<sllc_training_options>.size)
    let parameters = try require(parameters, "parameters")
    let run = try require(run, "run")
    try require(!options.lr.isNaN, "lr must be given; it has no default")
    try requirePositive(options.lr, "lr", in: model.precision)
    try requireNonnegative(options.weight_decay, "weight_decay", in: model.precision)
    try requireCount(options.num_steps, "num_steps")
    let batchSize = try checkedBatchSize(options.batch_size, samples: dataset.sampleCount)
    let optimizer = try checkedOptimizer(options, in: model.precision)
    func start<T: Scalar>(_: T.Type) throws -> RunHandle {
      let processors = min(Int(support_processor_count()), threadLimit)
      let team = Team(
        size: Team.size(
          threads: processors, batchSize: batchSize, parameters: model.program.parameters.count))
      let potential = try GraphPotential<T>(
        program: model.program, dataset: dataset, batchSize: batchSize, team: team)
      let job = try TrainingJob(
        potential: potential, optimizer: optimizer, lr: options.lr, weightDecay: options.weight_decay,
        steps: Int(options.num_steps), batchSize: batchSize, seed: options.seed, team: team,
        parameters: parameters.assumingMemoryBound(to: T.self), trace: losses)
      return RunHandle(
        try Run(job), nbeta: .nan, batchSize: batchSize, microbatch: potential.microbatch)
    }
    switch model.precision {
    case .float32: run.pointee = try start(Float.self).retained()
    case .float64: run.pointee = try start(Double.self).retained()
    }
  }
}

private func checkedOptimizer(_ options: sllc_training_options, in precision: Precision)
  throws(InvalidArgument) -> Optimizer
{
  func requireShare(_ value: Double, _ name: String) throws(InvalidArgument) {
    try require(value >= 0 && value < 1, "\(name) is \(value); it must be at least 0 and below 1")
  }
  switch options.optimizer {
  case Int32(SLLC_SGD):
    try requireShare(options.momentum, "momentum")
    return .sgd(momentum: options.momentum)
  case Int32(SLLC_ADAM):
    try requireShare(options.beta1, "beta1")
    try requireShare(options.beta2, "beta2")
    try requirePositive(options.epsilon, "epsilon", in: precision)
    return .adam(beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon)
  default:
    throw InvalidArgument("optimizer is \(options.optimizer); it must be SLLC_SGD (0) or SLLC_ADAM (1)")
  }
}
