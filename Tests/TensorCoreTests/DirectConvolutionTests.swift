import KernelDispatch
import TensorCore
import Testing

/// A convolution along padded planes by the kernels of one instruction set, and what plain loops say of it.
private struct DirectCase {
  let windows: Windows
  let groups: Int
  /// Channels of a group.
  let inputs: Int
  let outputs: Int
  let samples = 2

  /// Nil where the kernel does not fit into the plane.
  init?(
    _ plane: Windows.Pair, kernel: Windows.Pair, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, _ inputs: Int, _ outputs: Int
  ) {
    let rows = plane.rows + 2 * padding - dilation * (kernel.rows - 1) - 1
    let columns = plane.columns + 2 * padding - dilation * (kernel.columns - 1) - 1
    guard rows >= 0, columns >= 0 else { return nil }
    windows = Windows(
      plane: plane, kernel: kernel, stride: (stride, stride), padding: (padding, padding),
      dilation: (dilation, dilation), result: (rows / stride + 1, columns / stride + 1))
    (self.groups, self.inputs, self.outputs) = (groups, inputs, outputs)
  }

  var name: String {
    "\(windows.plane) kernel \(windows.kernel) stride \(windows.stride.rows) padding \(windows.padding.rows) dilation \(windows.dilation.rows), \(inputs) to \(outputs) in \(groups)"
  }
  var planeCount: Int { windows.plane.rows * windows.plane.columns }
  var resultCount: Int { windows.result.rows * windows.result.columns }
  var size: Int { windows.kernel.rows * windows.kernel.columns }
  var inputCount: Int { samples * groups * inputs * planeCount }
  var outputCount: Int { samples * groups * outputs * resultCount }
  var weightCount: Int { groups * outputs * inputs * size }

  /// Where each product's factors are, and its sum: of the input, if it is not padding; of the weight; of the output.
  func forEachProduct(_ body: (_ x: Int?, _ w: Int, _ y: Int) -> Void) {
    for map in 0..<samples * groups * outputs {
      let group = map / outputs % groups
      for i in 0..<inputs {
        let channel = (map / (groups * outputs) * groups + group) * inputs + i
        for element in 0..<size {
          let (k, l) = (element / windows.kernel.columns, element % windows.kernel.columns)
          for place in 0..<resultCount {
            let (r, q) = (place / windows.result.columns, place % windows.result.columns)
            let h = r * windows.stride.rows + k * windows.dilation.rows - windows.padding.rows
            let v = q * windows.stride.columns + l * windows.dilation.columns - windows.padding.columns
            let isInside = h >= 0 && h < windows.plane.rows && v >= 0 && v < windows.plane.columns
            body(
              isInside ? channel * planeCount + h * windows.plane.columns + v : nil,
              ((group * outputs + map % outputs) * inputs + i) * size + element,
              map * resultCount + place)
          }
        }
      }
    }
  }
}

/// Memory between guards, which it is checked to leave as they are; what is read of them makes a NaN.
private struct Guarded<T: Scalar> {
  private let memory: UnsafeMutablePointer<T>
  let count: Int
  private static var margin: Int { 64 }
  var pointer: UnsafeMutablePointer<T> { memory + Self.margin }

  init(_ values: [T]) {
    count = values.count
    memory = .allocate(capacity: count + 2 * Self.margin)
    memory.initialize(repeating: .nan, count: count + 2 * Self.margin)
    for i in values.indices { memory[Self.margin + i] = values[i] }
  }

  /// Its values, and its end.
  func released(_ name: String) -> [T] {
    defer { memory.deallocate() }
    for i in 0..<Self.margin {
      #expect(memory[i].isNaN && pointer[count + i].isNaN, "written outside the array: \(name)")
    }
    return (0..<count).map { pointer[$0] }
  }
}

/// Result and gradients, each where something was before.
private struct Results<T: Scalar> {
  var y, dx, dWeight: [T]
}

private struct Problem<T: Scalar> {
  let directCase: DirectCase
  var x, weight, bias, dy: [T]
  let before: Results<T>

  init(_ directCase: DirectCase) {
    var numbers = Numbers(seed: 5)
    func array(_ count: Int) -> [T] {
      let values: [Double] = numbers.array(count)
      return values.map { T($0) }
    }
    self.directCase = directCase
    x = array(directCase.inputCount)
    weight = array(directCase.weightCount)
    bias = array(directCase.groups * directCase.outputs)
    dy = array(directCase.outputCount)
    before = Results(
      y: array(directCase.outputCount), dx: array(directCase.inputCount),
      dWeight: array(directCase.weightCount))
  }

  func computed(_ kernels: any KernelSet<T>.Type, isNew: Bool = false) -> Results<T> {
    let c = directCase
    let convolution = DirectConvolution(
      windows: c.windows, groups: c.groups, inputs: c.inputs, outputs: c.outputs, hasBias: true)
    let scratch = Guarded([T](repeating: .nan, count: convolution.scratchCount))
    let (x, dy, weight, bias) = (Guarded(x), Guarded(dy), Guarded(weight), Guarded(bias))
    let (y, dx, dWeight) = (Guarded(before.y), Guarded(before.dx), Guarded(before.dWeight))
    convolution.convolve(
      kernels, samples: c.samples, input: x.pointer, weight: weight.pointer, bias: bias.pointer,
      output: y.pointer, scratch: scratch.pointer)
    convolution.addInputGradient(
      kernels, samples: c.samples, weight: weight.pointer, outputGradient: dy.pointer, to: dx.pointer,
      isNew: isNew, scratch: scratch.pointer)
    convolution.addWeightGradient(
      kernels, samples: c.samples, input: x.pointer, outputGradient: dy.pointer, to: dWeight.pointer,
      scratch: scratch.pointer)
    _ = scratch.released(c.name)
    for array in [x, dy, weight, bias] { _ = array.released(c.name) }
    return Results(y: y.released(c.name), dx: dx.released(c.name), dWeight: dWeight.released(c.name))
  }

  /// In Double, by plain loops.
  func expected() -> Results<Double> {
    let c = directCase
    let (x, weight, dy) = (x.map { Double($0) }, weight.map { Double($0) }, dy.map { Double($0) })
    var results = Results(
      y: (0..<c.outputCount).map { Double(bias[$0 / c.resultCount % bias.count]) },
      dx: before.dx.map { Double($0) }, dWeight: before.dWeight.map { Double($0) })
    c.forEachProduct { source, w, y in
      results.y[y] += weight[w] * (source.map { x[$0] } ?? 0)
      results.dWeight[w] += dy[y] * (source.map { x[$0] } ?? 0)
      if let source { results.dx[source] += weight[w] * dy[y] }
    }
    return results
  }
}

private let planes: [Windows.Pair] = [
  (1, 1), (2, 3), (5, 4), (8, 8), (7, 16), (16, 17), (9, 33), (33, 35),
]

private let channels = [(1, 1), (2, 3), (3, 16), (15, 2), (16, 17), (17, 33), (33, 15)]

/// Every plane with every kernel, stride and padding, and channels by turns.
private let directCases: [DirectCase] = {
  var cases: [DirectCase] = []
  for plane in planes {
    for kernel in [1, 2, 3, 5, 7] {
      for stride in 1...3 {
        for padding in 0...3 {
          let isLarge = plane.rows * plane.columns * kernel > 800
          let (inputs, outputs) = isLarge ? (2, 9) : channels[cases.count % channels.count]
          let c = DirectCase(
            plane, kernel: (kernel, kernel), stride: stride, padding: padding, inputs, outputs)
          if let c { cases.append(c) }
        }
      }
    }
  }
  cases += [
    DirectCase((9, 10), kernel: (3, 2), padding: 1, dilation: 2, 3, 5),
    DirectCase((9, 10), kernel: (2, 3), stride: 2, padding: 2, dilation: 3, 2, 4),
    DirectCase((9, 10), kernel: (2, 4), stride: 3, padding: 1, dilation: 2, 2, 4),
    DirectCase((8, 8), kernel: (3, 3), padding: 1, groups: 3, 1, 1),
    DirectCase((8, 9), kernel: (3, 3), stride: 2, padding: 1, groups: 2, 3, 5),
    DirectCase((32, 32), kernel: (3, 3), padding: 1, 16, 16),
    DirectCase((16, 16), kernel: (3, 3), padding: 1, 32, 40),
    DirectCase((16, 16), kernel: (3, 3), stride: 2, padding: 1, 32, 64),
  ].compactMap { $0 }
  return cases
}()

@Suite struct DirectConvolutionTests {
  static let sets = InstructionSet.available

  @Test(arguments: sets) func `is the sum of its definition, and adds gradients`(_ set: InstructionSet) {
    for c in directCases {
      check(Problem<Float>(c), floatKernels(for: set), unit: 0x1p-24)
      check(Problem<Double>(c), doubleKernels(for: set), unit: 0x1p-53)
    }
  }

  private func check<T: Scalar>(_ problem: Problem<T>, _ kernels: any KernelSet<T>.Type, unit: Double) {
    let (actual, expected) = (problem.computed(kernels), problem.expected())
    let c = problem.directCase
    // A new gradient is written, whatever was there.
    let new = problem.computed(kernels, isNew: true).dx
    let summands = zip(expected.dx, problem.before.dx).map { $0 - Double($1) }
    // Terms below 4; sums of n of them with n roundings, at random.
    func tolerance(_ terms: Int) -> Double { 64 * unit * Double(terms + 4).squareRoot() }
    expectClose(actual.y, expected.y, tolerance(c.inputs * c.size), c)
    expectClose(actual.dx, expected.dx, tolerance(c.outputs * c.size), c)
    expectClose(new, summands, tolerance(c.outputs * c.size), c)
    expectClose(actual.dWeight, expected.dWeight, tolerance(c.samples * c.resultCount), c)
  }

  private func expectClose<T: Scalar>(
    _ actual: [T], _ expected: [Double], _ tolerance: Double, _ c: DirectCase
  ) {
    for i in actual.indices where !(abs(Double(actual[i]) - expected[i]) <= tolerance) {
      Issue.record("\(c.name): [\(i)] is \(actual[i]), expected \(expected[i]) within \(tolerance)")
      return
    }
  }

  /// Of the input and of the result's gradient; a weight that is not finite may show in more of the input's gradient, since
  /// it meets the zeros around the result's.
  @Test(arguments: sets) func `what is not finite shows where it has a part, and nowhere else`(
    _ set: InstructionSet
  ) {
    for c in directCases where c.inputCount * c.size < 20_000 {
      check(Problem<Float>(c), floatKernels(for: set))
    }
  }

  private func check(_ finite: Problem<Float>, _ kernels: any KernelSet<Float>.Type) {
    let c = finite.directCase
    for special in [Float.nan, .infinity] {
      for place in [0, c.windows.plane.columns - 1, c.inputCount / 2, c.inputCount - 1] {
        var problem = finite
        problem.x[place] = special
        expectSameFinite(problem)
      }
      for place in [0, c.windows.result.columns - 1, c.outputCount / 2, c.outputCount - 1] {
        var problem = finite
        problem.dy[place] = special
        expectSameFinite(problem)
      }
    }
    func expectSameFinite(_ problem: Problem<Float>) {
      let (actual, expected) = (problem.computed(kernels), problem.expected())
      for (a, e) in [
        (actual.y, expected.y), (actual.dx, expected.dx), (actual.dWeight, expected.dWeight),
      ] {
        let differing = a.indices.first { a[$0].isFinite != e[$0].isFinite || a[$0].isNaN != e[$0].isNaN }
        #expect(differing == nil, "\(c.name)")
      }
    }
  }

  @Test func `sums do not depend on the samples beside them`() {
    // Whose gradients are sums over samples, in their order.
    guard let c = DirectCase((8, 8), kernel: (3, 3), padding: 1, 3, 5) else { return }
    let problem = Problem<Float>(c)
    let both = problem.computed(floatKernels)
    var first = problem
    first.x.replaceSubrange(c.inputCount / 2..<c.inputCount, with: repeatElement(0, count: c.inputCount / 2))
    first.dy.replaceSubrange(
      c.outputCount / 2..<c.outputCount, with: repeatElement(0, count: c.outputCount / 2))
    let one = first.computed(floatKernels)
    #expect(one.y.prefix(c.outputCount / 2) == both.y.prefix(c.outputCount / 2))
    #expect(one.dx.prefix(c.inputCount / 2) == both.dx.prefix(c.inputCount / 2))
  }
}
