import KernelDispatch
import TensorCore
import Testing

@Suite struct OpenBLASTests {
  /// A processor that OpenBLAS does not know must not fall back to its oldest kernels; see blas.c.
  @Test func `a processor with AVX2 runs kernels that use it`() {
    if InstructionSet.best != .baseline { #expect(BLAS.coreName != "Prescott") }
  }
}
