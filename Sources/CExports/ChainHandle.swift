import CSwiftLLC
import Sampling
import TensorCore

/// A chain of either precision, as whoever drives it from outside sees it.
protocol DrivenChain: AnyObject {
  var parameterAddress: UnsafeMutableRawPointer { get }
  var gradientAddress: UnsafeMutableRawPointer { get }
  var step: Int { get }
  var distance: Double { get }
  var batch: Rows { get }
  var hasArrived: Bool { get }
  var isChecking: Bool { get }
  var hasFiniteGradient: Bool { get }
  var means: MoveChecks<Double> { get }
  func restart(number: Int)
  func tell(loss: Double) -> Arrival?
  func leave()
  func independentBatch() -> Rows?
}

extension CheckedChain: DrivenChain {
  var parameterAddress: UnsafeMutableRawPointer { UnsafeMutableRawPointer(chain.parameters) }
  var gradientAddress: UnsafeMutableRawPointer { UnsafeMutableRawPointer(chain.gradient) }
  var step: Int { chain.step }
  var distance: Double { chain.distance }
  var hasFiniteGradient: Bool { chain.hasFiniteGradient }
}

/// A chain that the caller drives, and the row numbers of its batch, where the caller reads them.
final class ChainHandle: Handle {
  let chain: any DrivenChain
  private let nbeta: Double
  private let batchSize: Int
  private let batch: Memory<Int64>
  private var batchCount = 0
  private var arrival: Arrival?

  init(_ chain: any DrivenChain, nbeta: Double, batchSize: Int) throws(OutOfMemory) {
    self.chain = chain
    self.nbeta = nbeta
    self.batchSize = batchSize
    batch = try Memory(count: batchSize)
  }

  func restart(number: Int64) throws(InvalidArgument) {
    try require(
      (0..<Int64(Int32.max)).contains(number), "number is \(number); it must be in 0 ..< \(Int32.max)")
    chain.restart(number: Int(number))
    arrival = nil
    writeBatch()
  }

  func tell(loss: Double) throws(InvalidArgument) {
    try require(!chain.hasArrived, "the chain has arrived at a draw; it must leave before it is told more")
    // In a check, and on the way of a trajectory, what is not finite counts as a move that is rejected.
    try require(
      chain.isChecking || !loss.isFinite || chain.hasFiniteGradient,
      "the gradient is not finite at step \(chain.step), though the loss is: \(loss)")
    let told = chain.tell(loss: loss)
    try require(
      told?.loss.isFinite ?? true, "the loss is \(loss) at step \(chain.step): the chain has diverged")
    if let told { arrival = told } else { writeBatch() }
  }

  func leave() throws(InvalidArgument) {
    try require(chain.hasArrived, "the chain has not arrived at a draw, so that it cannot leave one")
    chain.leave()
    writeBatch()
  }

  func writeDrawBatch(to rows: UnsafeMutablePointer<Int64>) {
    _ = (chain.independentBatch() ?? .range(start: 0, count: batchSize)).write(to: rows)
  }

  func state(structSize: Int64) -> sllc_chain_state {
    sllc_chain_state(
      struct_size: structSize, parameters: chain.parameterAddress, gradient: chain.gradientAddress,
      batch: UnsafePointer(batch.pointer), batch_count: Int64(batchCount), batch_size: Int64(batchSize),
      nbeta: nbeta, step: Int64(chain.step), has_arrived: chain.hasArrived ? 1 : 0,
      loss: arrival?.loss ?? .nan,
      acceptance: arrival?.acceptance ?? .nan)
  }

  private func writeBatch() {
    let rows = chain.batch
    // The same rows as ever, where a batch is of all.
    if case .range(_, batchCount) = rows { return }
    batchCount = rows.write(to: batch.pointer)
  }
}

extension Rows {
  /// Writes the row numbers, and returns how many there are.
  fileprivate func write(to rows: UnsafeMutablePointer<Int64>) -> Int {
    switch self {
    case .range(let start, let count): for i in 0..<count { rows[i] = Int64(start + i) }
    case .indices(let indices, let count): for i in 0..<count { rows[i] = Int64(indices[i]) }
    }
    return count
  }
}
