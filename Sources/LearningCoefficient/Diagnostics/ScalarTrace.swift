import TensorCore

/// One number per draw of each chain: what convergence is judged by.
package struct ScalarTrace {
  /// chains × draws, chain by chain.
  package let values: [Double]
  package let chains: Int
  package let draws: Int
  /// False if any value is NaN or infinite: then nothing can be said of convergence.
  package let isFinite: Bool

  /// - Parameter value: of the flat index chain × draws + draw.
  package init(chains: Int, draws: Int, value: (Int) -> Double) throws {
    guard chains >= 1 else { throw InvalidArgument("chains is \(chains); it must be at least 1") }
    guard draws >= 1 else { throw InvalidArgument("draws is \(draws); it must be at least 1") }
    let (count, overflow) = chains.multipliedReportingOverflow(by: draws)
    guard !overflow, count <= Int.max / MemoryLayout<Double>.stride else {
      throw InvalidArgument("\(chains) chains of \(draws) draws are more numbers than memory can hold")
    }
    self.init(chains: chains, values: (0..<count).map(value))
  }

  /// So many chains of equal length, one after the other.
  init(chains: Int, values: [Double]) {
    self.values = values
    isFinite = values.allSatisfy(\.isFinite)
    self.chains = chains
    draws = values.count / chains
  }

  /// Without the first draws of each chain.
  func dropping(first count: Int) throws -> ScalarTrace {
    let rest = draws - count
    return try ScalarTrace(chains: chains, draws: rest) { values[$0 / rest * draws + count + $0 % rest] }
  }

  func chain(_ index: Int) -> ArraySlice<Double> {
    values[index * draws..<(index + 1) * draws]
  }

  /// The first and the last half of each chain in turn; of an odd number of draws the middle one is
  /// left out. A chain that drifts disagrees with itself when its halves are treated as chains
  /// (Gelman et al., Bayesian Data Analysis, 3rd ed., 2013).
  package var halves: [ArraySlice<Double>] {
    (0..<chains).flatMap { [chain($0).prefix(draws / 2), chain($0).suffix(draws / 2)] }
  }
}
