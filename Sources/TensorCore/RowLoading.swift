import KernelInterface

/// How rows of an array become values of an input.
extension SampleArray {
  /// Where these rows of `size` elements are, if they lie one after the other in the type that is read; else they must be
  /// loaded.
  func place(of rows: Rows, as read: StoredElement, size: Int) -> UnsafeMutableRawPointer? {
    guard case .range(let start, _) = rows, element ?? read == read else { return nil }
    return UnsafeMutableRawPointer(mutating: base.unsafelyUnwrapped + start * size * read.stride)
  }

  /// Copies rows of `size` elements, converted, if they have no place.
  func load<T>(
    _ rows: Rows, as read: StoredElement, size: Int, by kernels: any KernelSet<T>.Type,
    to buffer: UnsafeMutableRawPointer
  ) {
    let source = base.unsafelyUnwrapped
    let stored = element ?? read
    let (rowSize, storedRowSize) = (size * read.stride, size * stored.stride)
    func convert(_ count: Int, from x: UnsafeRawPointer, to y: UnsafeMutableRawPointer) {
      if read == .int64 {
        kernels.convertIntegers(stored, count: count, from: x, to: y.assumingMemoryBound(to: Int64.self))
      } else {
        kernels.convert(stored, count: count, from: x, to: y.assumingMemoryBound(to: T.self))
      }
    }
    switch rows {
    case .range where stored == read: break
    case .range(let start, let count): convert(count * size, from: source + start * storedRowSize, to: buffer)
    case .indices(let indices, let count) where stored == read:
      for i in 0..<count {
        (buffer + i * rowSize).copyMemory(from: source + Int(indices[i]) * rowSize, byteCount: rowSize)
      }
    case .indices(let indices, let count):
      for i in 0..<count {
        convert(size, from: source + Int(indices[i]) * storedRowSize, to: buffer + i * rowSize)
      }
    }
  }
}
