import KernelDispatch
import TensorCore
import Testing

@Suite struct ProductTests {
  private func check<T: Scalar>(_: T.Type, tolerance: Double) {
    var numbers = Numbers(seed: 1)
    for (m, n, k) in [(1, 1, 1), (3, 2, 5), (7, 1, 9), (33, 17, 65), (500, 18, 18)] {
      for (transposeA, transposeB, beta) in [
        (false, true, 0), (false, false, 1), (true, false, 1), (true, true, 0),
      ] {
        let a: [T] = numbers.array(m * k)
        let b: [T] = numbers.array(k * n)
        let start: [T] = beta == 0 ? Array(repeating: .nan, count: m * n) : numbers.array(m * n)
        var c = start
        multiply(m, n, k, a, transposeA, b, transposeB, T(beta), &c)
        var worst = 0.0
        for i in 0..<m {
          for j in 0..<n {
            var sum = beta == 0 ? 0 : Double(start[i * n + j])
            for l in 0..<k {
              sum +=
                Double(a[transposeA ? l * m + i : i * k + l]) * Double(b[transposeB ? j * k + l : l * n + j])
            }
            worst = max(worst, abs(Double(c[i * n + j]) - sum))
          }
        }
        // Products of numbers below 1: the error of a sum of k terms is below k ulps of k/3.
        #expect(worst < tolerance * Double(k), "\(T.self) \(m)x\(n)x\(k) \(transposeA) \(transposeB)")
      }
    }
  }

  private func multiply<T: Scalar>(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<T>, _ transposeA: Bool, _ b: UnsafePointer<T>,
    _ transposeB: Bool, _ beta: T, _ c: UnsafeMutablePointer<T>
  ) {
    T.multiply(
      GEMM(m: m, n: n, k: k, a: a, transposeA: transposeA, b: b, transposeB: transposeB, beta: beta, c: c))
  }

  @Test func `matrix products of all four layouts equal the triple loop`() {
    check(Float.self, tolerance: 1e-6)
    check(Double.self, tolerance: 1e-15)
  }

  /// A processor that OpenBLAS does not know must not fall back to its oldest kernels; see blas.c.
  @Test func `a processor with AVX2 runs kernels that use it`() {
    if InstructionSet.best != .baseline { #expect(BLAS.coreName != "Prescott") }
  }
}
