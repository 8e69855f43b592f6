/// Asked between microbatches whether a result is still wanted: a step on a million samples can take long.
public protocol Interruption: AnyObject, Sendable {
  /// True once what is being computed will not be used; it may then be left unfinished.
  var isRequested: Bool { get }
}
