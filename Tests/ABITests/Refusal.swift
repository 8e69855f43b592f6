import CSwiftLLC
import Testing

/// This thread's last message.
var lastError: String { String(cString: sllc_last_error()) }

/// Checks that a call is refused with a message of its own that says `word`.
func expectRefused(
  _ label: String = "", naming word: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () -> sllc_status
) {
  // A failure before, whose message would show if the call left none.
  var graph: OpaquePointer?
  _ = sllc_graph_create(-77, &graph)
  let stale = lastError
  let status = call()
  #expect(status == SLLC_INVALID_ARGUMENT, "\(label) \(word)", sourceLocation: sourceLocation)
  #expect(
    lastError != stale && lastError.contains(word), "\(label) \(word): \(lastError)",
    sourceLocation: sourceLocation)
}
