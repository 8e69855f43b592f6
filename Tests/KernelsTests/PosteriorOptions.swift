import KernelDispatch
import Testing

/// Every combination of the terms of a posterior's potential, with a preconditioner and without.
struct PosteriorOptions: Sendable, CustomTestStringConvertible {
  var localization: Double
  var metricLocalization: Double
  var weightDecay: Double
  var preconditioned: Bool

  var testDescription: String {
    "localization \(localization) or \(metricLocalization), decay \(weightDecay)"
      + (preconditioned ? ", preconditioned" : "")
  }

  static let all = [(0, 0), (5, 0), (0, 5)].flatMap { isotropic, metric in
    [0, 0.25].flatMap { decay in
      [false, true].map {
        PosteriorOptions(
          localization: isotropic, metricLocalization: metric, weightDecay: decay, preconditioned: $0)
      }
    }
  }

  func terms<E: BinaryFloatingPoint>(_: E.Type) -> PosteriorTerms<E> {
    PosteriorTerms(
      nbeta: 3, localization: E(localization), metricLocalization: E(metricLocalization),
      weightDecay: E(weightDecay))
  }

  /// Below it every term of ∇U stays, on the data of `ChainArrays`; there are four.
  static let largestTerm = 5 * 2 / 0.25
}

/// The vectors of a chain at rest, and as Double what the kernels are given of them.
struct ChainArrays<E: BinaryFloatingPoint & Sendable> {
  let center, gradient, displacement, parameters, momentum, metric: [E]
  let count: Int

  init(count: Int) {
    self.count = count
    center = uniform(count, seed: 1)
    gradient = uniform(count, seed: 2)
    metric = uniform(count, in: 0.25...4, seed: 3)
    displacement = uniform(count, seed: 4)
    momentum = uniform(count, seed: 5)
    parameters = rounded(zip(doubles(center), doubles(displacement)).map { $0 + $1 })
  }

  /// A, or 1.
  func preconditioner(_ options: PosteriorOptions) -> [Double] {
    options.preconditioned ? doubles(metric) : [Double](repeating: 1, count: count)
  }

  /// ∇U by its formula.
  func force(_ options: PosteriorOptions) -> [Double] {
    let (g, u, w) = (doubles(gradient), doubles(displacement), doubles(parameters))
    return zip(0..<count, preconditioner(options)).map { i, a in
      3 * g[i] + (options.localization + options.metricLocalization / a) * u[i] + options.weightDecay * w[i]
    }
  }
}

extension KernelSet where Self: KernelInternals {
  /// The stream's first normals.
  static func noise(_ count: Int, _ stream: RandomStream) -> [Double] {
    doubles(
      updated([Element](repeating: 0, count: count)) { normals(count: count, stream: stream, values: $0) })
  }
}
