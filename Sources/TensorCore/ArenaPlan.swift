/// Where each buffer of a pass lies in one allocation, so that buffers that are never alive together share
/// memory. Planned once, for the largest microbatch; nothing is allocated afterwards.
///
/// Time is counted in steps of the pass: the forward steps 0 ..< F, then, with a gradient, the backward steps
/// in reverse, the backward of step p at 2F − 1 − p.
struct ArenaPlan {
  /// Byte offset of each node's value, and of its gradient; nil where it owns none.
  var values: [Int?]
  var gradients: [Int?]
  /// For each forward position p, the gradients that the backward of step p is the first to add to.
  var gradientsBorn: [[Int]]
  var byteCount = 0

  private struct Buffer {
    var bytes: Int
    var life: ClosedRange<Int>
    var node: Int
    var isGradient: Bool
  }

  init(program: Program, steps: [Program.Step], capacity: Int, elementSize: Int, withGradient: Bool) {
    let nodes = program.graph.nodes
    values = Array(repeating: nil, count: nodes.count)
    gradients = values
    gradientsBorn = Array(repeating: [], count: steps.count)

    var lastForwardUse: [Int: Int] = [:]
    var lastRead: [Int: Int] = [:]
    var buffers: [Buffer] = []
    for (position, step) in steps.enumerated() {
      let node = nodes[step.node]
      let backward = 2 * steps.count - 1 - position
      let reads = step.operation.backwardReads
      let runsBackward = withGradient && program.needsGradient[step.node]
      for input in node.inputs {
        lastForwardUse[input] = position
        lastRead[input] = max(lastRead[input] ?? 0, runsBackward && reads.inputs ? backward : position)
      }
      lastRead[step.node] = runsBackward && reads.output ? backward : position
    }
    for (position, step) in steps.enumerated() {
      let node = nodes[step.node]
      let size = step.operation.bufferCount(shape: node.shape, inputs: node.inputs.map { nodes[$0].shape })
      let elementBytes = node.role == .label ? MemoryLayout<Int64>.stride : elementSize
      if size > 0 {
        buffers.append(
          Buffer(
            bytes: size * elementBytes * capacity, life: position...(lastRead[step.node] ?? position),
            node: step.node, isGradient: false))
      }
      if withGradient, node.role == .sample, program.needsGradient[step.node],
        let born = lastForwardUse[step.node]
      {
        gradientsBorn[born].append(step.node)
        buffers.append(
          Buffer(
            bytes: node.shape.count * elementSize * capacity,
            life: (2 * steps.count - 1 - born)...(2 * steps.count - 1 - position), node: step.node,
            isGradient: true))
      }
    }
    place(buffers)
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
      if buffer.isGradient { gradients[buffer.node] = offset } else { values[buffer.node] = offset }
    }
  }

  private func aligned(_ offset: Int) -> Int { (offset + 63) / 64 * 64 }
}
