import Sampling
import TensorCore
import Testing

@Suite struct MinibatchTests {
  private func epoch(_ batches: inout Minibatches) -> [[UInt32]] {
    var result: [[UInt32]] = []
    var count = 0
    while count < batches.sampleCount {
      guard case .indices(let indices, let size) = batches.next() else { return [] }
      result.append((0..<size).map { indices[$0] })
      count += size
    }
    return result
  }

  private func batches(
    of samples: Int, by size: Int, withReplacement: Bool = false, seed: UInt64 = 1, chain: UInt32 = 0
  ) throws -> Minibatches {
    var batches = try Minibatches(sampleCount: samples, batchSize: size, withReplacement: withReplacement)
    batches.restart(seed: seed, chain: chain)
    return batches
  }

  @Test func `every epoch uses each sample once, in a new order, and ends with a short batch`() throws {
    var stream = try batches(of: 10, by: 3)
    var orders: Set<[UInt32]> = []
    for _ in 0..<20 {
      let epoch = epoch(&stream)
      #expect(epoch.map(\.count) == [3, 3, 3, 1])
      #expect(epoch.joined().sorted() == Array(0..<10))
      orders.insert(Array(epoch.joined()))
    }
    #expect(orders.count == 20)
  }

  @Test func `a batch of all samples is the data set in its own order`() throws {
    var stream = try batches(of: 10, by: 10)
    guard case .range(start: 0, count: 10) = stream.next() else {
      Issue.record("not the whole range")
      return
    }
  }

  @Test func `a restart gives the same batches, another chain or seed gives others`() throws {
    var a = try batches(of: 50, by: 7)
    var b = try batches(of: 50, by: 7)
    _ = epoch(&b)
    b.restart(seed: 1, chain: 0)
    let first = epoch(&a)
    #expect(first == epoch(&b))
    b.restart(seed: 1, chain: 1)
    #expect(first != epoch(&b))
    b.restart(seed: 2, chain: 0)
    #expect(first != epoch(&b))
  }

  @Test func `every sample is as likely at every position`() throws {
    // 4000 epochs of 5 samples: each count is binomial(4000, 1/5), standard deviation 25.3.
    var stream = try batches(of: 5, by: 2)
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 5), count: 5)
    for _ in 0..<4000 {
      for (position, sample) in epoch(&stream).joined().enumerated() { counts[position][Int(sample)] += 1 }
    }
    for count in counts.joined() { #expect(abs(Double(count) - 800) < 4.5 * 25.3) }
  }

  @Test func `with replacement samples are uniform, and those of a batch independent`() throws {
    var stream = try batches(of: 5, by: 2, withReplacement: true)
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 5), count: 5)
    let draws = 20_000
    for _ in 0..<draws {
      guard case .indices(let indices, count: 2) = stream.next() else {
        Issue.record("not two samples")
        return
      }
      counts[Int(indices[0])][Int(indices[1])] += 1
    }
    // Each pair is as likely, that of a sample with itself too: binomial(20000, 1/25), standard deviation 27.7.
    for count in counts.joined() { #expect(abs(Double(count) - 800) < 4.5 * 27.7) }
  }

  @Test func `with replacement a restart gives the same batches, and what was drawn before does not matter`()
    throws
  {
    var a = try batches(of: 50, by: 7, withReplacement: true)
    var b = try batches(of: 50, by: 7, withReplacement: true)
    let first = epoch(&a)
    #expect(first.allSatisfy { $0.count == 7 })
    _ = epoch(&b)
    b.restart(seed: 1, chain: 0)
    #expect(first == epoch(&b))
    b.restart(seed: 1, chain: 1)
    #expect(first != epoch(&b))
  }
}
