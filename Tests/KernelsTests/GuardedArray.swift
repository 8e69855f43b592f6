import Glibc

/// Where memory ends.
enum GuardedSide { case before, after }

/// Copies of arrays that end, or begin, where memory ends: what reads beyond them ends the process.
final class GuardedArray<E: BinaryFloatingPoint> {
  let pointer: UnsafeMutablePointer<E>
  let count: Int
  private let pages: UnsafeMutableRawPointer
  private let byteCount: Int

  init(_ values: [E], guarded side: GuardedSide) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let size = values.count * MemoryLayout<E>.stride
    let inner = (size + page - 1) / page * page
    byteCount = inner + 2 * page
    guard let pages = mmap(nil, byteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), pages != MAP_FAILED
    else { fatalError("no memory for a test") }
    mprotect(pages + page, inner, PROT_READ | PROT_WRITE)
    let offset = side == .before ? 0 : inner - size
    pointer = (pages + page + offset).bindMemory(to: E.self, capacity: values.count)
    pointer.initialize(from: values, count: values.count)
    (self.pages, count) = (pages, values.count)
  }

  deinit { munmap(pages, byteCount) }

  var values: [E] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
