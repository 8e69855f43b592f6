/// A matrix product C ← scale A B + beta C, where A is m×k, B is k×n and C m×n. With beta = 0 whatever C held, NaN
/// included, is gone.
///
/// The columns of C lie side by side. The steps of a matrix are from one row to the next, and from one column to the next;
/// one of them is 1.
public struct GEMM<Element: BinaryFloatingPoint & Sendable> {
  public typealias Steps = (row: Int, column: Int)

  public var m, n, k: Int
  public var a, b: UnsafePointer<Element>
  public var aSteps, bSteps: Steps
  public var scale, beta: Element
  public var c: UnsafeMutablePointer<Element>
  public var cRowStep: Int

  public init(
    m: Int, n: Int, k: Int, a: UnsafePointer<Element>, aSteps: Steps, b: UnsafePointer<Element>,
    bSteps: Steps, scale: Element, beta: Element, c: UnsafeMutablePointer<Element>, cRowStep: Int
  ) {
    (self.m, self.n, self.k, self.scale, self.beta) = (m, n, k, scale, beta)
    (self.a, self.aSteps, self.b, self.bSteps) = (a, aSteps, b, bSteps)
    (self.c, self.cRowStep) = (c, cRowStep)
  }

  /// Of contiguous matrices, row-major, or, transposed, column-major.
  @inlinable public init(
    m: Int, n: Int, k: Int, a: UnsafePointer<Element>, transposeA: Bool = false, b: UnsafePointer<Element>,
    transposeB: Bool = false, scale: Element = 1, beta: Element = 0, c: UnsafeMutablePointer<Element>
  ) {
    self.init(
      m: m, n: n, k: k, a: a, aSteps: transposeA ? (1, m) : (k, 1), b: b,
      bSteps: transposeB ? (1, k) : (n, 1), scale: scale, beta: beta, c: c, cRowStep: n)
  }
}
