import KernelDispatch
import KernelInterface
import Testing

/// A product whose matrices lie in some way.
private struct Product {
  var m, n, k: Int
  var transposeA = false
  var transposeB = false
  var scale = 1.0
  var beta = 0.0
  /// By how much a matrix moves on from one row (or, transposed, column) to the next, beyond its own.
  var gap = 0

  var aSteps: (row: Int, column: Int) { transposeA ? (1, m + gap) : (k + gap, 1) }
  var bSteps: (row: Int, column: Int) { transposeB ? (1, k + gap) : (n + gap, 1) }
  var cRowStep: Int { n + gap }

  /// Elements from the first to the last.
  var aCount: Int { extent(m, k, aSteps) }
  var bCount: Int { extent(k, n, bSteps) }
  var cCount: Int { extent(m, n, (cRowStep, 1)) }

  private func extent(_ rows: Int, _ columns: Int, _ steps: (row: Int, column: Int)) -> Int {
    rows == 0 || columns == 0 ? 0 : (rows - 1) * steps.row + (columns - 1) * steps.column + 1
  }

  /// C, and what its elements' terms and what they held add up to in magnitude.
  func reference(_ a: [Double], _ b: [Double], _ c: [Double]) -> (c: [Double], sizes: [Double]) {
    var (result, sizes) = (c, [Double](repeating: 0, count: c.count))
    for i in 0..<m {
      for j in 0..<n {
        var (sum, size) = (0.0, 0.0)
        for l in 0..<k {
          let term = a[i * aSteps.row + l * aSteps.column] * b[l * bSteps.row + j * bSteps.column]
          sum += term
          size += term.magnitude
        }
        let held = beta == 0 ? 0 : beta * c[i * cRowStep + j]
        result[i * cRowStep + j] = scale * sum + held
        sizes[i * cRowStep + j] = scale.magnitude * size + held.magnitude
      }
    }
    return (result, sizes)
  }

  /// By the kernel, from memory that ends where the matrices end, on one side of them.
  func computed<K: TestedKernels>(
    _: K.Type, _ a: [K.Element], _ b: [K.Element], _ c: [K.Element],
    guarded side: GuardedSide = .after
  ) -> [K.Element] {
    let (a, b) = (GuardedArray(a, guarded: side), GuardedArray(b, guarded: side))
    let c = GuardedArray(c, guarded: side)
    // NaN in the workspace: nothing is used that was not written there.
    let workspace = GuardedArray(
      [K.Element](repeating: .nan, count: K.productWorkspace), guarded: side)
    K.multiply(
      GEMM(
        m: m, n: n, k: k, a: a.pointer, aSteps: aSteps, b: b.pointer, bSteps: bSteps,
        scale: K.Element(scale), beta: K.Element(beta), c: c.pointer, cRowStep: cRowStep),
      workspace: workspace.pointer)
    return c.values
  }
}

/// Around the sizes of tiles and registers; then sizes of layers; then what is packed, by rows, by columns, in parts.
private let sizes: [(m: Int, n: Int, k: Int)] = {
  let awkward = [1, 2, 3, 5, 7, 8, 12, 13, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 127, 128, 129]
  var sizes: [(m: Int, n: Int, k: Int)] = [
    (500, 18, 18), (18, 18, 500), (10, 58, 58), (58, 58, 10), (32, 10, 128), (16, 144, 300), (1, 100, 257),
    (100, 1, 513), (3, 1100, 5), (1100, 3, 5), (260, 150, 300), (150, 70, 600), (70, 300, 515),
    // From memory.
    (13, 1300, 1700),
  ]
  for i in 0..<63 {
    let (second, third) = (8 * i + i / 21 + 3, 5 * i + i / 21 * 7 + 11)
    sizes.append((awkward[i % 21], awkward[second % 21], awkward[third % 21]))
  }
  return sizes
}()

/// A part of a row-major matrix.
private func matrix<E>(
  _ x: [E], _ rows: Range<Int>, _ columns: Range<Int>, step: Int, transposed: Bool = false
) -> [E] {
  transposed
    ? columns.flatMap { j in rows.map { i in x[i * step + j] } }
    : rows.flatMap { i in columns.map { j in x[i * step + j] } }
}

@Suite("Matrix products") struct MatrixProductTests {
  private static let transposes = [(false, false), (false, true), (true, false), (true, true)]

  @Test("a product is the triple loop's, and reads and writes nothing else", arguments: Variant.all)
  func tripleLoop(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ product: Product, _ side: GuardedSide) {
      let a: [K.Element] = uniform(product.aCount, seed: 1)
      let b: [K.Element] = uniform(product.bCount, seed: 2)
      let c: [K.Element] = uniform(product.cCount, seed: 3)
      let actual = product.computed(K.self, a, b, c, guarded: side)
      let (expected, sizes) = product.reference(doubles(a), doubles(b), doubles(c))
      // A rounding for each term, in the reference too, and three more; gaps are not touched.
      expectClose(actual, expected) { 2 * Double(product.k + 3) * unit(K.Element.self) * sizes[$0] }
    }
    for (index, (m, n, k)) in sizes.enumerated() {
      for (number, (transposeA, transposeB)) in Self.transposes.enumerated() {
        let product = Product(
          m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB,
          scale: [1, 1, 0.5][(index + number) % 3], beta: [0, 1, -0.5, 1][(index / 3 + number) % 4],
          gap: [0, 0, 5][(index + 2 * number) % 3])
        check(variant.kernels, product, index % 2 == 0 ? .after : .before)
      }
    }
  }

  @Test("beta = 0 forgets what C held; without terms C is what beta says", arguments: Variant.all)
  func nothing(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let ones = [K.Element](repeating: 1, count: 40)
      let nan = [K.Element](repeating: .nan, count: 35)
      let product = Product(m: 5, n: 7, k: 3)
      #expect(
        product.computed(K.self, Array(ones.prefix(15)), Array(ones.prefix(21)), nan).allSatisfy { $0 == 3 })
      var empty = Product(m: 5, n: 7, k: 0)
      #expect(empty.computed(K.self, [], [], nan).allSatisfy { $0 == 0 })
      empty.beta = 0.5
      #expect(empty.computed(K.self, [], [], Array(ones.prefix(35))).allSatisfy { $0 == 0.5 })
      #expect(Product(m: 0, n: 7, k: 2).computed(K.self, [], Array(ones.prefix(14)), []).isEmpty)
      #expect(Product(m: 5, n: 0, k: 2).computed(K.self, Array(ones.prefix(10)), [], []).isEmpty)
    }
    check(variant.kernels)
  }

  @Test("NaN and infinities go where the arithmetic takes them, and nowhere else", arguments: Variant.all)
  func specialNumbers(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, _ product: Product, _ bad: K.Element) {
      var a: [K.Element] = uniform(product.aCount, in: 0.5...2, seed: 1)
      var b: [K.Element] = uniform(product.bCount, in: 0.5...2, seed: 2)
      let c: [K.Element] = uniform(product.cCount, in: 0.5...2, seed: 3)
      a[(product.m / 2) * product.aSteps.row + (product.k / 3) * product.aSteps.column] = bad
      b[(product.k / 2) * product.bSteps.row + (product.n - 1) * product.bSteps.column] = 0
      b[(product.k / 3) * product.bSteps.row + (product.n / 2) * product.bSteps.column] = 0
      let actual = product.computed(K.self, a, b, c)
      let expected = product.reference(doubles(a), doubles(b), doubles(c)).c
      #expect(zip(actual, expected).allSatisfy { $0.isNaN == $1.isNaN && $0.isInfinite == $1.isInfinite })
    }
    for (m, n, k) in [(13, 17, 9), (40, 70, 300), (5, 3, 2)] {
      for (transposeA, transposeB) in Self.transposes {
        for bad in [Double.nan, .infinity] {
          func opened<K: TestedKernels>(_ kernels: K.Type) {
            let product = Product(m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB, beta: 1)
            check(kernels, product, K.Element(bad))
          }
          opened(variant.kernels)
        }
      }
    }
  }

  @Test(
    "an element's bits do not depend on how many others there are, nor how they lie", arguments: Variant.all)
  func bits(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type, m: Int, n: Int, k: Int, beta: Double) {
      let (a, b): ([K.Element], [K.Element]) = (uniform(m * k, seed: 1), uniform(k * n, seed: 2))
      let c: [K.Element] = uniform(m * n, seed: 3)
      let whole = Product(m: m, n: n, k: k, scale: 0.3, beta: beta).computed(K.self, a, b, c)
      for (rows, columns) in [
        (0..<m, 0..<n), (0..<1, 0..<n), (m / 2..<m, 0..<n), (m / 3..<m / 3 + 2, n / 2..<n),
        (0..<m, n - 1..<n),
        (m - 3..<m, n / 4..<n / 4 + 1), (1..<m, 1..<n - 1),
      ] {
        for (transposeA, transposeB) in Self.transposes {
          let part = Product(
            m: rows.count, n: columns.count, k: k, transposeA: transposeA, transposeB: transposeB, scale: 0.3,
            beta: beta)
          let partA = matrix(a, rows, 0..<k, step: k, transposed: transposeA)
          let partB = matrix(b, 0..<k, columns, step: n, transposed: transposeB)
          let partC = matrix(c, rows, columns, step: n)
          let expected = matrix(whole, rows, columns, step: n)
          #expect(
            part.computed(K.self, partA, partB, partC) == expected,
            "\(rows) \(columns) of \(m)×\(n)×\(k), transposed \(transposeA) \(transposeB)")
        }
      }
    }
    for (m, n, k, beta) in [(29, 50, 18, 0), (50, 29, 300, 1), (200, 180, 700, 0.5)] {
      check(variant.kernels, m: m, n: n, k: k, beta: beta)
    }
  }
}
