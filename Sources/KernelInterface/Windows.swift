/// How windows of one form go over a plane of rows and columns that is padded on every side.
///
/// Element (i, j) of window (r, q) lies at row r stride + i dilation − padding of the plane, and at the column found in
/// the same way; outside of the plane is padding.
public struct Windows: Sendable {
  public typealias Pair = (rows: Int, columns: Int)

  public let plane: Pair
  public let kernel: Pair
  public let stride: Pair
  public let padding: Pair
  public let dilation: Pair
  /// How many windows there are.
  public let result: Pair

  public init(plane: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, result: Pair) {
    (self.plane, self.kernel, self.stride) = (plane, kernel, stride)
    (self.padding, self.dilation, self.result) = (padding, dilation, result)
  }
}
