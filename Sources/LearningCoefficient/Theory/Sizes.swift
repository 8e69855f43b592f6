import TensorCore

/// Checks of the sizes that the closed forms take: each in 1 ... 2³¹ − 1, and as many at most. Then
/// the square of their sum is below 2¹²⁴, and the formulas can be written in plain `Int128`.
enum Sizes {
  static let largest = Int(Int32.max)

  static func check(_ size: Int, _ name: @autoclosure () -> String) throws {
    guard (1...largest).contains(size) else {
      throw InvalidArgument("\(name()) is \(size); it must be in 1 ... \(largest)")
    }
  }

  static func check(rank: Int, atMost limit: Int) throws {
    guard (0...limit).contains(rank) else {
      throw InvalidArgument("rank is \(rank); it must be in 0 ... \(limit), the smallest width")
    }
  }
}
