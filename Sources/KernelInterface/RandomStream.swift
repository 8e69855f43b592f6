/// What a random number is drawn for. Streams of different purposes never meet.
public enum RandomPurpose: UInt32, Sendable {
  case noise = 0
  case minibatch = 1
  case drawBatch = 2
  case momentum = 3
  case acceptance = 4
  case sketch = 5
}

/// The address of one stream of random numbers: Philox4x32-10 is a function of (key, counter), so a
/// stream has no state, and any element of it can be computed by anyone, in any order, on any thread.
///
/// The key is the seed. The counter's four words are
/// `[block, step (low 32 bits), purpose << 24 | step (next 24 bits), chain]`,
/// where `block` counts the 4-word blocks within the stream. So a chain's noise depends on the seed,
/// its own number and the step, never on how many chains or threads there are.
public struct RandomStream: Sendable {
  public var seed: UInt64
  public var chain: UInt32
  public var purpose: RandomPurpose
  /// The step (or epoch) that draws; below 2⁵⁶.
  public var step: UInt64

  public init(seed: UInt64, chain: UInt32, purpose: RandomPurpose, step: UInt64) {
    self.seed = seed
    self.chain = chain
    self.purpose = purpose
    self.step = step
  }

  /// The Philox key: low and high half of the seed.
  @inlinable public var key: (UInt32, UInt32) {
    (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32))
  }

  /// The three counter words above `block`.
  @inlinable public var counter: (UInt32, UInt32, UInt32) {
    let high = UInt32(truncatingIfNeeded: step &>> 32) & 0x00FF_FFFF
    return (UInt32(truncatingIfNeeded: step), purpose.rawValue &<< 24 | high, chain)
  }
}
