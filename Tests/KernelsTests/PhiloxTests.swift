import KernelDispatch
import Testing

@Suite("Philox4x32-10") struct PhiloxTests {
  typealias Words = (UInt32, UInt32, UInt32, UInt32)

  @Test("gives the known answers of Random123", arguments: Variant.all)
  func knownAnswers(_ variant: Variant) {
    let ones = UInt32.max
    #expect(
      variant.kernels.philox(counter: (0, 0, 0, 0), key: (0, 0))
        == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      variant.kernels.philox(counter: (ones, ones, ones, ones), key: (ones, ones))
        == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      variant.kernels.philox(
        counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: (0xa409_3822, 0x299f_31d0))
        == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("word 4b + k of a stream is word k of block b", arguments: Variant.all)
  func order(_ variant: Variant) {
    let stream = RandomStream(
      seed: 0x0123_4567_89ab_cdef, chain: 7, purpose: .minibatch, step: 0x00fe_dcba_9876_5432)
    let words = streamWords(variant, 1000, stream)
    for block in 0..<250 {
      let expected = variant.kernels.philox(
        counter: (UInt32(block), 0x9876_5432, 0x01fe_dcba, 7), key: (0x89ab_cdef, 0x0123_4567))
      let at = 4 * block
      #expect((words[at], words[at + 1], words[at + 2], words[at + 3]) == expected)
    }
  }

  @Test("a shorter request is a prefix of a longer one", arguments: Variant.all)
  func prefix(_ variant: Variant) {
    let stream = RandomStream(seed: 1, chain: 2, purpose: .noise, step: 3)
    let long = streamWords(variant, 1000, stream)
    for count in awkwardCounts {
      #expect(streamWords(variant, count, stream) == Array(long.prefix(count)))
    }
  }

  @Test("streams that differ in seed, chain, purpose or step share no block", arguments: Variant.all)
  func disjoint(_ variant: Variant) {
    let base = RandomStream(seed: 5, chain: 0, purpose: .noise, step: 0)
    var neighbours = [base]
    for bit in 0..<64 { neighbours.append(changed(base) { $0.seed ^= 1 << bit }) }
    for bit in 0..<32 { neighbours.append(changed(base) { $0.chain ^= 1 << bit }) }
    for bit in 0..<56 { neighbours.append(changed(base) { $0.step ^= 1 << bit }) }
    neighbours.append(changed(base) { $0.purpose = .minibatch })
    // Two words of each block: among 40 000 of these, an accidental repetition has probability 4e-11.
    var seen = Set<UInt64>()
    for stream in neighbours {
      let words = streamWords(variant, 1024, stream)
      for at in stride(from: 0, to: 1024, by: 4) {
        seen.insert(UInt64(words[at]) << 32 | UInt64(words[at + 1]))
      }
    }
    #expect(seen.count == 256 * neighbours.count)
  }

  func streamWords(_ variant: Variant, _ count: Int, _ stream: RandomStream) -> [UInt32] {
    var words = [UInt32](repeating: 12345, count: count + 64)
    variant.kernels.randomWords(count: count, stream: stream, words: &words)
    #expect(words.suffix(64).allSatisfy { $0 == 12345 }, "written outside the array")
    return Array(words.prefix(count))
  }
}

func changed(_ stream: RandomStream, _ change: (inout RandomStream) -> Void) -> RandomStream {
  var stream = stream
  change(&stream)
  return stream
}
