import LearningCoefficient
import Testing

@Suite struct AutocovarianceTests {
  /// Against the sum of the definition; 1e-10 of the variance is a thousand times what the
  /// transform loses.
  @Test(arguments: arvizReference)
  func agreesWithTheDirectSum(reference: ReferenceTrace) throws {
    let trace = try reference.trace()
    let autocovariance = trace.meanAutocovariance
    let n = reference.draws / 2
    #expect(autocovariance.count == n)
    for lag in 0..<n {
      let direct = trace.halves.map { directAutocovariance(Array($0), lag) }.reduce(0, +)
      #expect(abs(autocovariance[lag] - direct / Double(trace.halves.count)) < 1e-10 * autocovariance[0])
    }
  }

  private func directAutocovariance(_ x: [Double], _ lag: Int) -> Double {
    let mean = x.reduce(0, +) / Double(x.count)
    return zip(x, x.dropFirst(lag)).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) } / Double(x.count)
  }

  /// Quadratic time would take hours. At lag 0 the transform must still give the plain variance.
  @Test(.timeLimit(.minutes(1))) func aMillionDraws() throws {
    let values = autoregressive(chains: 1, draws: 1_000_001, autoregression: 0.5)
    let trace = try ScalarTrace(chains: 1, draws: values.count) { values[$0] }
    let direct = trace.halves.map { directAutocovariance(Array($0), 0) }.reduce(0, +) / 2
    #expect(abs(trace.meanAutocovariance[0] - direct) < 1e-10 * direct)
  }
}
