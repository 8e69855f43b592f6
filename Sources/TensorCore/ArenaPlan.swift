/// Where each buffer of a pass lies in one allocation, so that buffers that are never alive together share
/// memory. Planned once, for the largest microbatch; nothing is allocated afterwards.
///
/// Time is counted in per-sample steps of the pass: the forward steps 0 ..< F, then, with a gradient, the backward
/// steps in reverse, the backward of step p at 2F − 1 − p. What is shared by all samples lives through every
/// microbatch, and so does what each thread has of its own.
struct ArenaPlan {
  /// Byte offset of each node's value, and of its gradient; nil where it owns none.
  var values: [Int?]
  var gradients: [Int?]
  /// What each thread has of its own, at the end: scratch memory and after it the workspace of matrix products.
  var ownMemory = 0
  var scratchBytes = 0
  var ownBytes = 0
  /// For each forward position p, the steps whose gradients the backward of step p is the first to add to.
  var gradientsBorn: [[Program.Step]]
  var byteCount = 0

  private enum Content {
    case value(Int)
    case gradient(Int)
  }

  private struct Buffer {
    var bytes: Int
    var life: ClosedRange<Int>
    var content: Content
  }

  /// A capacity of 0 plans what does not depend on the number of samples. The workspace is that of matrix products.
  init(
    program: Program, steps: Program.Steps, capacity: Int, elementSize: Int, workspaceCount: Int,
    withGradient: Bool
  ) {
    let nodeCount = program.graph.nodes.count
    let perSample = steps.perSample
    values = Array(repeating: nil, count: nodeCount)
    gradients = values
    gradientsBorn = Array(repeating: [], count: perSample.count)
    let wholePass = 0...max(2 * perSample.count - 1, 0)
    func wantsGradient(_ step: Program.Step) -> Bool { withGradient && program.needsGradient[step.node] }

    var lastForwardUse = [Int?](repeating: nil, count: nodeCount)
    var lastRead = lastForwardUse
    for (position, step) in perSample.enumerated() {
      let backward = 2 * perSample.count - 1 - position
      var reads = (inputs: false, output: false)
      if wantsGradient(step), case .computed(let operation) = step.content {
        reads = operation.backwardReads
        if step.keptCount > 0 { reads.output = true }
      }
      for input in step.inputs {
        lastForwardUse[input] = position
        lastRead[input] = max(lastRead[input] ?? 0, reads.inputs ? backward : position)
      }
      lastRead[step.node] = reads.output ? backward : position
    }

    var buffers: [Buffer] = []
    for step in steps.shared {
      if case .parameter = step.content { continue }  // its value and its gradient are the caller's
      let bytes = (step.valueCount + step.keptCount) * elementSize
      buffers.append(Buffer(bytes: bytes, life: wholePass, content: .value(step.node)))
      if wantsGradient(step) {
        let bytes = step.valueCount * elementSize
        buffers.append(Buffer(bytes: bytes, life: wholePass, content: .gradient(step.node)))
      }
    }
    for (position, step) in perSample.enumerated() {
      let elementBytes = step.role == .label ? MemoryLayout<Int64>.stride : elementSize
      buffers.append(
        Buffer(
          bytes: (step.valueCount + step.keptCount) * elementBytes * capacity,
          life: position...(lastRead[step.node] ?? position), content: .value(step.node)))
      if step.role == .sample, wantsGradient(step), let born = lastForwardUse[step.node] {
        gradientsBorn[born].append(step)
        buffers.append(
          Buffer(
            bytes: step.valueCount * elementSize * capacity,
            life: (2 * perSample.count - 1 - born)...(2 * perSample.count - 1 - position),
            content: .gradient(step.node)))
      }
    }
    let operations = (steps.shared + perSample).compactMap { step in
      if case .computed(let operation) = step.content { operation } else { nil }
    }
    place(buffers.filter { $0.bytes > 0 })
    ownMemory = aligned(byteCount)
    scratchBytes = aligned((operations.map(\.scratchCount).max() ?? 0) * elementSize)
    let needsWorkspace = operations.contains(where: \.multipliesMatrices)
    ownBytes = scratchBytes + (needsWorkspace ? aligned(workspaceCount * elementSize) : 0)
    byteCount = ownMemory + ownBytes
  }

  /// Largest first, each at the lowest offset where it meets no buffer alive at the same time.
  private mutating func place(_ buffers: [Buffer]) {
    var placed: [(buffer: Buffer, offset: Int)] = []
    for buffer in buffers.sorted(by: { $0.bytes > $1.bytes }) {
      let neighbours = placed.filter { $0.buffer.life.overlaps(buffer.life) }.sorted { $0.offset < $1.offset }
      var offset = 0
      for other in neighbours {
        if offset + buffer.bytes <= other.offset { break }
        offset = max(offset, aligned(other.offset + other.buffer.bytes))
      }
      placed.append((buffer, offset))
      byteCount = max(byteCount, offset + buffer.bytes)
      switch buffer.content {
      case .value(let node): values[node] = offset
      case .gradient(let node): gradients[node] = offset
      }
    }
  }

  private func aligned(_ offset: Int) -> Int { (offset + 63) / 64 * 64 }
}
