/// Products of matrices, and vectors added to their rows and columns.
public protocol MatrixKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  // MARK: Products

  /// In memory for `productWorkspace` elements, aligned as vectors want it. The bits of an element of C depend on its row
  /// of A, its column of B and what C held, not on how many there are. Nothing of C that lies beyond its columns is
  /// touched.
  static func multiply(_ product: GEMM<Element>, workspace: UnsafeMutablePointer<Element>)
  static var productWorkspace: Int { get }

  // MARK: Vectors

  /// matrix[r, c] += vector[c]
  static func addRowVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>)
  /// vector[c] += Σ_r matrix[r, c]
  static func addColumnSums(
    rows: Int, columns: Int, matrix: UnsafePointer<Element>, vector: UnsafeMutablePointer<Element>)

  /// y[r yStep + c] = x[r xStep + c]
  static func copyRows(
    rows: Int, columns: Int, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int)
  /// matrix[r, c] += vector[r]
  static func addColumnVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>)
}
