import TensorCore

extension ScalarTrace {
  /// L(w) − L(w*) of each draw, which all that is said of a run is computed from.
  ///
  /// - Parameter losses: chains × draws, chain by chain.
  init(differencesOf losses: UnsafePointer<Double>, from baseline: Baseline, chains: Int, draws: Int) throws {
    try ScalarTrace.requireMemory(chains: chains, draws: draws)
    try self.init(chains: chains, draws: draws) { losses[$0] - baseline[$0] }
  }

  /// Asks the system for as much memory as the arrays of an estimate take (the differences and five arrays as
  /// large, of ranks; some ten transforms of a chain, padded to a power of two), and gives it back: where there is
  /// not enough this throws, and arrays would trap.
  private static func requireMemory(chains: Int, draws: Int) throws {
    guard chains > 0, draws > 0 else { return }  // refused in other words
    let (differences, overflow1) = chains.multipliedReportingOverflow(by: draws)
    let (arrays, overflow2) = differences.multipliedReportingOverflow(by: 6)
    let (transforms, overflow3) = draws.multipliedReportingOverflow(by: 24)
    let (count, overflow4) = arrays.addingReportingOverflow(transforms)
    guard !overflow1, !overflow2, !overflow3, !overflow4 else { return }  // likewise
    _ = try Memory<Double>(count: count)
  }
}
