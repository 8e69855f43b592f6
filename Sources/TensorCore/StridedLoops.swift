/// How an elementwise operation on up to three operands goes through their memory: a run of elements, in which each
/// operand has a step of its own, inside loops over the other axes. The outermost loop is over the samples, for which
/// an operand that they share stands still.
struct StridedLoops: Sendable {
  /// A step for each operand.
  typealias Steps = (Int, Int, Int)

  struct Axis: Sendable {
    var extent: Int
    var steps: Steps
  }

  /// One operand: for each axis of the loops, by how much its element moves; and from one sample to the next.
  struct Operand {
    var steps: [Int]
    var sampleStep: Int
    var offset = 0

    /// An operand of this shape, broadcast to the result's as numpy does: aligned at the last axis, and standing still
    /// where its extent is 1.
    init(shape: Shape, broadcastTo result: Shape, isShared: Bool) {
      let rank = result.dimensions.count
      steps = Array(repeating: 0, count: rank)
      var step = 1
      for (back, extent) in shape.dimensions.reversed().enumerated() {
        if extent > 1 { steps[rank - 1 - back] = step }
        step *= extent
      }
      sampleStep = isShared ? 0 : shape.count
    }

    init(steps: [Int], sampleStep: Int, offset: Int) {
      (self.steps, self.sampleStep, self.offset) = (steps, sampleStep, offset)
    }

    /// The same with `size` elements, such as a matrix, in place of each one.
    func scaled(by size: Int) -> Operand {
      Operand(steps: steps.map { $0 * size }, sampleStep: sampleStep * size, offset: offset * size)
    }
  }

  private let outer: [Axis]
  let run: Axis
  private let samples: Steps
  private let offsets: Steps

  /// Adjacent axes that all operands walk through as through one become one.
  init(extents: [Int], _ a: Operand, _ b: Operand, _ c: Operand? = nil) {
    let none = Operand(steps: Array(repeating: 0, count: extents.count), sampleStep: 0, offset: 0)
    let c = c ?? none
    var axes: [Axis] = []
    for (i, extent) in extents.enumerated() where extent > 1 {
      let axis = Axis(extent: extent, steps: (a.steps[i], b.steps[i], c.steps[i]))
      if let last = axes.last, last.steps == StridedLoops.times(axis.extent, axis.steps) {
        axes[axes.count - 1] = Axis(extent: last.extent * extent, steps: axis.steps)
      } else {
        axes.append(axis)
      }
    }
    run = axes.popLast() ?? Axis(extent: 1, steps: (1, 1, 1))
    outer = axes
    samples = (a.sampleStep, b.sampleStep, c.sampleStep)
    offsets = (a.offset, b.offset, c.offset)
  }

  /// How many runs there are for each sample if an operand with these steps holds one run, which is added to all of
  /// them; nil where it holds more, or less.
  func runsPerSample(ofOneRun operand: KeyPath<Steps, Int>) -> Int? {
    guard run.steps[keyPath: operand] == 1, samples[keyPath: operand] == 0,
      outer.allSatisfy({ $0.steps[keyPath: operand] == 0 })
    else { return nil }
    return outer.reduce(1) { $0 * $1.extent }
  }

  /// Whether element i of each operand belongs to element i of the others.
  var isElementwise: Bool {
    outer.isEmpty && run.steps == (1, 1, 1) && samples == StridedLoops.times(run.extent, run.steps)
  }

  /// Calls `body` with the length of each run, and where in each operand it begins.
  func forEachRun(batch: Int, _ body: (Int, Steps) -> Void) {
    if outer.isEmpty, samples == StridedLoops.times(run.extent, run.steps) {
      body(batch * run.extent, offsets)
    } else {
      for sample in 0..<batch { walk(0, StridedLoops.moved(offsets, sample, samples), body) }
    }
  }

  /// Calls `body` with where each operand's element is, position after position.
  func forEachPosition(batch: Int, _ body: (Steps) -> Void) {
    forEachRun(batch: batch) { count, at in
      for i in 0..<count { body(StridedLoops.moved(at, i, run.steps)) }
    }
  }

  private func walk(_ depth: Int, _ offsets: Steps, _ body: (Int, Steps) -> Void) {
    guard depth < outer.count else { return body(run.extent, offsets) }
    for i in 0..<outer[depth].extent {
      walk(depth + 1, StridedLoops.moved(offsets, i, outer[depth].steps), body)
    }
  }

  private static func times(_ count: Int, _ steps: Steps) -> Steps {
    (count * steps.0, count * steps.1, count * steps.2)
  }

  private static func moved(_ offsets: Steps, _ count: Int, _ steps: Steps) -> Steps {
    (offsets.0 + count * steps.0, offsets.1 + count * steps.1, offsets.2 + count * steps.2)
  }
}
