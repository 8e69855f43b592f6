import Glibc
import KernelDispatch
import Testing

@Suite("Dispatch") struct DispatchTests {
  @Test("the environment can ask for less than the processor has, never for more")
  func choice() {
    #expect(InstructionSet.choose(wanted: nil) == InstructionSet.best)
    for set in InstructionSet.allCases {
      let isThere = InstructionSet.available.contains(set)
      #expect(InstructionSet.choose(wanted: set.rawValue) == (isThere ? set : InstructionSet.best))
    }
    #expect(InstructionSet.available.first == .baseline)
    #expect(InstructionSet.choose(wanted: "unknown") == InstructionSet.best)
    #expect(
      InstructionSet.current
        == InstructionSet.choose(wanted: getenv("SWIFTLLC_SIMD").map { String(cString: $0) }))
  }

  @Test("the kernels in use are those of the current instruction set")
  func kernels() {
    #expect(floatKernels == floatKernels(for: .current))
    #expect(doubleKernels == doubleKernels(for: .current))
  }
}
