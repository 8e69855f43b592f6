import CSwiftLLC
import Sampling
import TensorCore

/// The kinds of sampler, with the numbers that C knows them by.
enum SamplerKind: Int32 {
  case sgld = 0
  case rmspropSGLD, adamSGLD, sghmc, sgnht, underdampedLangevin, mala, hmc

  var isExact: Bool { self == .mala || self == .hmc }
  fileprivate var hasPreconditioner: Bool {
    switch self {
    case .sgld, .underdampedLangevin, .mala, .hmc: true
    case .rmspropSGLD, .adamSGLD, .sghmc, .sgnht: false
    }
  }
}

@_cdecl("sllc_sampler_options_init")
public func sllc_sampler_options_init(
  _ options: UnsafeMutablePointer<sllc_sampler_options>?, _ structSize: Int64, _ kind: Int32
) {
  fill(
    options, size: structSize,
    with: SamplerKind(rawValue: kind)?.defaults(structSize: structSize) ?? sllc_sampler_options())
}

extension SamplerKind {
  fileprivate func defaults(structSize: Int64) -> sllc_sampler_options {
    var options = sllc_sampler_options(
      struct_size: structSize, kind: rawValue, localization_metric: Int32(SLLC_ISOTROPIC), lr: .nan,
      localization: 1, weight_decay: 0, bounding_box: .infinity, preconditioner: nil,
      noise_level: isExact ? .nan : 1, friction: .nan, noise_estimate: .nan, first_moment_decay: .nan,
      second_moment_decay: .nan, epsilon: .nan, moments: 0, freeze_after_burnin: 0, leapfrog_steps: 0)
    switch self {
    case .sgld, .mala, .underdampedLangevin: break
    case .rmspropSGLD:
      (options.second_moment_decay, options.epsilon, options.freeze_after_burnin) = (0.99, 0.1, 1)
    case .adamSGLD:
      (options.first_moment_decay, options.second_moment_decay) = (0.9, 0.999)
      (options.epsilon, options.freeze_after_burnin) = (1e-8, 1)
    case .sghmc: (options.friction, options.noise_estimate) = (0.1, 0)
    case .sgnht: options.friction = 0.1
    case .hmc: options.leapfrog_steps = 10
    }
    return options
  }
}

/// The options of a sampler, checked.
struct CheckedSampler<T: Scalar>: @unchecked Sendable {
  let kind: SamplerKind
  let posterior: Posterior<T>
  private let options: sllc_sampler_options

  init(
    _ options: sllc_sampler_options, nbeta: Double, parameterCount: Int, restriction: Restriction<T>?
  ) throws {
    try requireSize(options.struct_size, of: "sampler", atLeast: MemoryLayout<sllc_sampler_options>.size)
    guard let kind = SamplerKind(rawValue: options.kind) else {
      throw InvalidArgument(
        "the sampler's kind is \(options.kind); it must be in 0 (SLLC_SGLD) ... 7 (SLLC_HMC)")
    }
    self.kind = kind
    self.options = options
    try require(!options.lr.isNaN, "lr must be given; it has no default")
    try requirePositive(options.lr, "lr", in: T.precision)
    try requireNonnegative(options.localization, "localization", in: T.precision)
    try requireNonnegative(options.weight_decay, "weight_decay", in: T.precision)
    try require(
      T(options.bounding_box) > 0,
      "bounding_box is \(options.bounding_box); it must be positive, infinity meaning none")
    guard
      let metric = Posterior<T>.LocalizationMetric(rawValue: options.localization_metric)
    else {
      throw InvalidArgument(
        "localization_metric is \(options.localization_metric); it must be SLLC_ISOTROPIC (0) or SLLC_PRECONDITIONER (1)"
      )
    }
    let diagonal = try CheckedSampler.checkedPreconditioner(options, kind, metric, count: parameterCount)
    posterior = Posterior(
      nbeta: nbeta, localization: options.localization, weightDecay: options.weight_decay,
      preconditioner: try diagonal.map {
        try Preconditioner($0, dimension: parameterCount, restriction: restriction)
      },
      localizationMetric: metric)
    try checkOwnOptions()
  }

  private static func checkedPreconditioner(
    _ options: sllc_sampler_options, _ kind: SamplerKind, _ metric: Posterior<T>.LocalizationMetric,
    count: Int
  ) throws(InvalidArgument) -> UnsafePointer<T>? {
    guard let diagonal = options.preconditioner?.assumingMemoryBound(to: T.self) else {
      try require(
        metric == .isotropic, "localization_metric is SLLC_PRECONDITIONER, but there is no preconditioner")
      return nil
    }
    try require(kind.hasPreconditioner, "a preconditioner is given, but this kind of sampler takes none")
    for i in 0..<count where !(diagonal[i] > 0 && diagonal[i].isFinite) {
      throw InvalidArgument(
        "preconditioner[\(i)] is \(diagonal[i]); every element must be positive and finite")
    }
    return diagonal
  }

  /// Those that only some kinds have.
  private func checkOwnOptions() throws(InvalidArgument) {
    let precision = T.precision
    try checkOwn(options.noise_level, "noise_level", of: !kind.isExact) {
      value, name throws(InvalidArgument) in
      try requireNonnegative(value, name, in: precision)
    }
    let hasFriction = kind == .sghmc || kind == .sgnht || kind == .underdampedLangevin
    try checkOwn(options.friction, "friction", of: hasFriction) { value, name throws(InvalidArgument) in
      try require(!value.isNaN, "friction must be given; it has no default")
      try requirePositive(value, name, in: precision)
    }
    try checkOwn(options.noise_estimate, "noise_estimate", of: kind == .sghmc) {
      [options] value, name throws(InvalidArgument) in
      try require(
        0 <= value && value <= options.friction,
        "noise_estimate is \(value); it must be in 0 ... friction, which is \(options.friction)")
    }
    func checkDecay(_ value: Double, _ name: String) throws(InvalidArgument) {
      try require(0 <= value && T(value) < 1, "\(name) is \(value); it must be in [0, 1)")
    }
    let adapts = kind == .rmspropSGLD || kind == .adamSGLD
    try checkOwn(options.first_moment_decay, "first_moment_decay", of: kind == .adamSGLD, checkDecay)
    try checkOwn(options.second_moment_decay, "second_moment_decay", of: adapts, checkDecay)
    try checkOwn(options.epsilon, "epsilon", of: adapts) { value, name throws(InvalidArgument) in
      try requirePositive(value, name, in: precision)
    }
    try require(
      (0...(kind == .rmspropSGLD ? 1 : 0)).contains(options.moments),
      "moments is \(options.moments); it must be SLLC_MOMENTS_CORRECTED (0) or, of RMSPROP_SGLD, SLLC_MOMENTS_UNCORRECTED (1)"
    )
    try require(
      (0...(adapts ? 1 : 0)).contains(options.freeze_after_burnin),
      "freeze_after_burnin is \(options.freeze_after_burnin); it must be 0 or, where a preconditioner adapts, 1"
    )
    try require(
      kind == .hmc ? options.leapfrog_steps > 0 : options.leapfrog_steps == 0,
      "leapfrog_steps is \(options.leapfrog_steps); it must be at least 1 of HMC, and 0 of other samplers")
  }

  private func checkOwn(
    _ value: Double, _ name: String, of isOwn: Bool,
    _ check: (Double, String) throws(InvalidArgument) -> Void
  ) throws(InvalidArgument) {
    if isOwn { return try check(value, name) }
    try require(value.isNaN, "\(name) is \(value), but this kind of sampler has none: it must be NaN")
  }

  /// A rule for one chain of so many free parameters.
  func make(dimension: Int) throws -> any Sampler<T> {
    let (lr, noiseLevel, friction) = (options.lr, options.noise_level, options.friction)
    func secondMoment(initial: Double, isCorrected: Bool) -> SecondMoment {
      SecondMoment(
        decay: options.second_moment_decay, epsilon: options.epsilon, initial: initial,
        isCorrected: isCorrected
      )
    }
    switch kind {
    case .sgld: return SGLD(posterior, lr: lr, noiseLevel: noiseLevel)
    case .rmspropSGLD:
      let isCorrected = options.moments == Int32(SLLC_MOMENTS_CORRECTED)
      return try RMSPropSGLD(
        posterior, lr: lr, noiseLevel: noiseLevel,
        secondMoment: secondMoment(initial: isCorrected ? 1 : 0, isCorrected: isCorrected),
        freezesAfterBurnin: options.freeze_after_burnin == 1, dimension: dimension)
    case .adamSGLD:
      return try AdamSGLD(
        posterior, lr: lr, noiseLevel: noiseLevel, firstDecay: options.first_moment_decay,
        secondMoment: secondMoment(initial: 0, isCorrected: true),
        freezesAfterBurnin: options.freeze_after_burnin == 1, dimension: dimension)
    case .sghmc:
      return try SGHMC(
        posterior, lr: lr, friction: friction, noiseEstimate: options.noise_estimate, noiseLevel: noiseLevel,
        dimension: dimension)
    case .sgnht:
      return try SGNHT(posterior, lr: lr, friction: friction, noiseLevel: noiseLevel, dimension: dimension)
    case .underdampedLangevin:
      return try UnderdampedLangevin(
        posterior, lr: lr, friction: friction, noiseLevel: noiseLevel, dimension: dimension)
    case .mala: return try HMC.mala(posterior, lr: lr, dimension: dimension)
    case .hmc:
      return try HMC(posterior, lr: lr, leapfrogSteps: Int(options.leapfrog_steps), dimension: dimension)
    }
  }
}
