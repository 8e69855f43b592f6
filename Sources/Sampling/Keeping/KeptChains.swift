import Glibc
import Synchronization
import TensorCore

/// Where the chains of a run are kept, a file each, so that a run like it goes on from there.
public struct Keeping: Sendable {
  /// Of the files, but for the numbers of the chains.
  let path: String
  /// What a run must have in common with the one from whose files it goes on.
  let tag: String

  public init(path: String, tag: String) {
    self.path = path
    self.tag = tag
  }
}

/// The files of one run.
final class KeptChains: Sendable {
  private let path: String
  private let identity: [UInt8]
  private let error = Atomic<Int32>(0)

  /// Throws if there is a file of one of the chains that cannot be read, or is none of such a run.
  init<T: Scalar>(_ keeping: Keeping, _ setup: ChainSetup<T>, trace: Trace) throws(InvalidArgument) {
    path = keeping.path
    // What the lengths of all that is kept depend on is there in any case.
    identity = Array(
      """
      swiftllc chain 1; \(MemoryLayout<T>.size) bytes; \(setup.center.dimension) parameters; \
      \(trace.draws) draws, \(trace.distances == nil ? "without" : "with") distances; \
      \(setup.schedule.stepCount) steps; seed \(setup.seed)
      \(keeping.tag)

      """.utf8)
    for chain in 0..<trace.chains where access(path(of: chain), F_OK) == 0 {
      guard let file = ChainFile(path(of: chain), isReading: true) else {
        throw InvalidArgument("\(path(of: chain)) cannot be read: \(String(cString: strerror(errno)))")
      }
      try require(
        hasIdentity(file),
        "\(path(of: chain)) was kept by another run: with other settings, data or parameters, or by another version"
      )
    }
  }

  /// `errno` of the last time that a chain could not be kept; 0 if that was never.
  var lastError: Int32 { error.load(ordering: .relaxed) }

  /// Reads the file of a chain, if there is one: whether all was there that `body` looked for.
  func read(_ chain: Int, _ body: (ChainFile) -> Void) -> Bool {
    guard let file = ChainFile(path(of: chain), isReading: true), hasIdentity(file) else { return false }
    body(file)
    file.end()
    return file.isComplete
  }

  /// Makes the file of a chain anew. The old one stays until the new one is whole.
  func write(_ chain: Int, _ body: (ChainFile) -> Void) {
    let part = path(of: chain) + ".part"
    errno = 0
    if let file = ChainFile(part, isReading: false) {
      var identity = identity
      file.vector(&identity, count: identity.count)
      body(file)
      file.end()
      if file.isComplete && rename(part, path(of: chain)) == 0 { return }
    }
    error.store(errno == 0 ? EIO : errno, ordering: .relaxed)
    unlink(part)
  }

  private func path(of chain: Int) -> String { "\(path)\(chain)" }

  private func hasIdentity(_ file: ChainFile) -> Bool {
    var found = [UInt8](repeating: 0, count: identity.count)
    file.vector(&found, count: found.count)
    return file.isComplete && found == identity
  }
}
