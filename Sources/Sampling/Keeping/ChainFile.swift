import Glibc
import TensorCore

/// A file that a chain is written to, or read from. What a chain remembers is named once, for both ways: whoever has some
/// of it passes it on, and finds it there as it was, or as it was kept.
public final class ChainFile {
  let isReading: Bool
  /// Whether all that was passed on has been written, or found.
  private(set) var isComplete = true
  private let file: UnsafeMutablePointer<FILE>
  private var checksum: UInt64 = 0

  /// nil, with `errno`, where it cannot be opened.
  init?(_ path: String, isReading: Bool) {
    guard let file = fopen(path, isReading ? "rbe" : "wbe") else { return nil }
    self.file = file
    self.isReading = isReading
  }

  deinit { fclose(file) }

  /// Of a type without references.
  func value<V>(_ value: inout V) {
    withUnsafeMutableBytes(of: &value) { bytes($0) }
  }

  func vector<E>(_ pointer: UnsafeMutablePointer<E>, count: Int) {
    bytes(UnsafeMutableRawBufferPointer(start: pointer, count: count * MemoryLayout<E>.stride))
  }

  func vector<E>(_ memory: borrowing Memory<E>) { vector(memory.pointer, count: memory.count) }

  /// After all that was passed on. What is written is on the disk then; what was read is what was written.
  func end() {
    let expected = checksum
    var found = expected
    value(&found)
    if found != expected { isComplete = false }
    if !isReading && (fflush(file) != 0 || fsync(fileno(file)) != 0) { isComplete = false }
  }

  private func bytes(_ buffer: UnsafeMutableRawBufferPointer) {
    if !isComplete || buffer.isEmpty { return }
    let done =
      isReading
      ? fread(buffer.baseAddress, 1, buffer.count, file) : fwrite(buffer.baseAddress, 1, buffer.count, file)
    isComplete = done == buffer.count
    add(UnsafeRawBufferPointer(buffer))
  }

  /// To the checksum: words of eight bytes, each mixed in by a multiplication and a rotation.
  private func add(_ buffer: UnsafeRawBufferPointer) {
    func mix(_ word: UInt64) {
      checksum = (checksum ^ word) &* 0x9E37_79B9_7F4A_7C15
      checksum = checksum << 29 | checksum >> 35
    }
    let whole = buffer.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
      mix(buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    for byte in buffer[whole...] { mix(UInt64(byte)) }
  }
}
