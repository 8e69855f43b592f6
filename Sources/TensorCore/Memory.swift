import Glibc

/// An allocation that the system refused.
public struct OutOfMemory: Error, CustomStringConvertible {
  public let bytes: Int
  public var description: String { "could not allocate \(bytes) bytes" }
}

/// An owner of uninitialised memory for trivial elements, aligned for the widest vector loads.
/// Unlike `UnsafeMutablePointer.allocate`, it throws where the memory cannot be had.
public struct Memory<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  /// The address space of a process, 2⁴⁷ bytes, in elements: a larger count is nobody's buffer.
  public static var countLimit: Int { (1 << 47) / MemoryLayout<Element>.stride }
  static var alignment: Int { 64 }

  public init(count: Int) throws(OutOfMemory) {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    var raw: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&raw, Memory.alignment, bytes) == 0, let raw else {
      throw OutOfMemory(bytes: overflow ? Int.max : bytes)
    }
    self.pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  public init(repeating value: Element, count: Int) throws(OutOfMemory) {
    try self.init(count: count)
    pointer.initialize(repeating: value, count: count)
  }

  deinit { free(pointer) }
}

extension UnsafeMutablePointer where Pointee: Scalar {
  /// Sets `count` elements to zero. Unlike `update(repeating:count:)`, which unspecialised code does element by
  /// element through the type's witnesses, this costs what writing the memory costs.
  public func zero(count: Int) { memset(self, 0, count * MemoryLayout<Pointee>.stride) }
}
