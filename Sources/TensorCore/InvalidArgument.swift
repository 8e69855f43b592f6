/// A value that cannot be: the message names it and says what would be right.
public struct InvalidArgument: Error, CustomStringConvertible {
  public let message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}

/// Throws `message` unless `condition` holds.
package func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(InvalidArgument) {
  if !condition { throw InvalidArgument(message()) }
}
