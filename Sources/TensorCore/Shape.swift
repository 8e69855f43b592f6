/// The extents of one sample's value, or of a parameter. Empty: a scalar.
///
/// Every extent is positive and the number of elements stays below 2³¹, the limit of the 32-bit counts of
/// BLAS; so no arithmetic on shapes overflows.
public struct Shape: Sendable, Equatable, CustomStringConvertible {
  public let dimensions: [Int]
  public let count: Int

  static let countLimit = Int(Int32.max)

  public init(_ dimensions: [Int]) throws(InvalidArgument) {
    var count = 1
    for extent in dimensions {
      guard extent > 0 else {
        throw InvalidArgument(
          "shape \(Shape.text(dimensions)) has an extent of \(extent); every extent must be positive")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Shape.countLimit else {
        throw InvalidArgument(
          "shape \(Shape.text(dimensions)) has more than \(Shape.countLimit) elements, the most an array may have"
        )
      }
      count = product
    }
    self.dimensions = dimensions
    self.count = count
  }

  public static let scalar = Shape(unchecked: [])

  private init(unchecked dimensions: [Int]) {
    self.dimensions = dimensions
    self.count = dimensions.reduce(1, *)
  }

  /// The same shape with another last extent.
  func replacingLast(with extent: Int) throws(InvalidArgument) -> Shape {
    try Shape(dimensions.dropLast() + [extent])
  }

  public var description: String { Shape.text(dimensions) }

  /// As numpy writes it.
  private static func text(_ dimensions: [Int]) -> String {
    "(" + dimensions.map(String.init).joined(separator: ", ") + (dimensions.count == 1 ? ",)" : ")")
  }
}
