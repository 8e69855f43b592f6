import Glibc
import KernelDispatch
import Testing

@Suite("Normals") struct NormalsTests {
  static let stream = RandomStream(seed: 20_240_229, chain: 1, purpose: .noise, step: 17)
  static let count = many(1 << 22)

  /// The draws in Double.
  func draws(_ variant: Variant, _ count: Int, _ stream: RandomStream = Self.stream) -> [Double] {
    func make<K: TestedKernels>(_: K.Type) -> [Double] {
      doubles(
        updated([K.Element](repeating: 0, count: count)) {
          K.normals(count: count, stream: stream, values: $0)
        })
    }
    return make(variant.kernels)
  }

  @Test("the first four moments are the normal's, within 4 standard errors", arguments: Variant.all)
  func moments(_ variant: Variant) {
    let z = draws(variant, Self.count)
    let n = Double(Self.count)
    let powers = (1...4).map { power in
      z.reduce(0) { sum, x in sum + pow(x, Double(power)) } / n
    }
    // Var zᵏ = E z²ᵏ − (E zᵏ)²
    #expect(powers[0].magnitude < 4 * sqrt(1 / n))
    #expect((powers[1] - 1).magnitude < 4 * sqrt(2 / n))
    #expect(powers[2].magnitude < 4 * sqrt(15 / n))
    #expect((powers[3] - 3).magnitude < 4 * sqrt(96 / n))
  }

  @Test("the distribution passes Kolmogorov and Smirnov's test", arguments: Variant.all)
  func kolmogorovSmirnov(_ variant: Variant) {
    let z = draws(variant, many(1 << 20)).sorted()
    let n = Double(z.count)
    let distance = z.enumerated().reduce(0) { worst, next in
      let cumulative = erfc(-next.element / sqrt(2)) / 2
      let i = Double(next.offset)
      return max(worst, cumulative - i / n, (i + 1) / n - cumulative)
    }
    // P(√n D > 1.95) = 0.001
    #expect(sqrt(n) * distance < 1.95)
  }

  @Test("the tails have their share of draws", arguments: Variant.all)
  func tails(_ variant: Variant) {
    let z = draws(variant, Self.count)
    for bound in [2.0, 3.0, 4.0, 4.5, 5.0] {
      let expected = Double(Self.count) * erfc(bound / sqrt(2)) / 2
      let left = Double(z.count { $0 < -bound })
      let right = Double(z.count { $0 > bound })
      #expect((left - expected).magnitude < 4 * sqrt(expected) + 2)
      #expect((right - expected).magnitude < 4 * sqrt(expected) + 2)
    }
  }

  /// Σ (f(x) − mean)(f(y) − mean) / (n variance) times √n: standard normal where x and y are independent.
  func correlation(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> (plain: Double, squares: Double) {
    var plain = 0.0
    var squares = 0.0
    for (a, b) in zip(x, y) {
      plain += a * b
      squares += (a * a - 1) * (b * b - 1) / 2
    }
    return (plain / sqrt(Double(x.count)), squares / sqrt(Double(x.count)))
  }

  @Test("neighbours are uncorrelated, and so are their squares", arguments: Variant.all)
  func neighbours(_ variant: Variant) {
    let z = draws(variant, Self.count)
    // The lags within and across a group of 256, in which 64 apart lie a sine and its cosine.
    for lag in [1, 2, 3, 4, 8, 16, 32, 63, 64, 65, 128, 192, 256, 257, 512] {
      let (plain, squares) = correlation(z.dropLast(lag), z.dropFirst(lag))
      #expect(plain.magnitude < 4.5, "lag \(lag)")
      #expect(squares.magnitude < 4.5, "lag \(lag)")
    }
  }

  @Test("streams of neighbouring seed, chain, step and purpose are uncorrelated", arguments: Variant.all)
  func streams(_ variant: Variant) {
    let z = draws(variant, many(1 << 20))
    let others = [
      changed(Self.stream) { $0.seed += 1 }, changed(Self.stream) { $0.seed ^= 1 << 32 },
      changed(Self.stream) { $0.chain += 1 }, changed(Self.stream) { $0.step += 1 },
      changed(Self.stream) { $0.step ^= 1 << 32 }, changed(Self.stream) { $0.purpose = .minibatch },
    ]
    for other in others {
      let (plain, squares) = correlation(z[...], draws(variant, many(1 << 20), other)[...])
      #expect(plain.magnitude < 4.5, "\(other)")
      #expect(squares.magnitude < 4.5, "\(other)")
    }
  }

  @Test("a shorter request is a prefix of a longer one, to the bit", arguments: Variant.all)
  func prefix(_ variant: Variant) {
    let long = draws(variant, 1000)
    for count in awkwardCounts { #expect(draws(variant, count) == Array(long.prefix(count))) }
  }

  @Test("each is the documented function of its words", arguments: Variant.all)
  func mapping(_ variant: Variant) {
    func check<K: TestedKernels>(_: K.Type) {
      let count = many(1 << 16)
      var words = [UInt32](repeating: 0, count: count)
      K.randomWords(count: count, stream: Self.stream, words: &words)
      let actual = updated([K.Element](repeating: 0, count: count)) {
        K.normals(count: count, stream: Self.stream, values: $0)
      }
      var worst = 0.0
      for i in 0..<count {
        let (group, q, j) = (i / 256, i % 256 / 64, i % 64)
        let block = 64 * group + j
        let u = (Float80(words[4 * block + q / 2 * 2]) + 0.5) * 0x1p-32
        let (cosine, sine) = exactCosineSine(
          turns: Float80(words[4 * block + q / 2 * 2 + 1]) * 0x1p-32)
        let expected = (-2 * log(u)).squareRoot() * (q % 2 == 0 ? cosine : sine)
        worst = max(worst, ulps(actual[i], expected))
      }
      #expect(worst < 5)
    }
    check(variant.kernels)
  }

  @Test("both precisions see the same noise up to float's rounding", arguments: InstructionSet.available)
  func precisions(_ set: InstructionSet) {
    let float = draws(Variant(testDescription: "", kernels: floatKernels(for: set)), many(1 << 20))
    let double = draws(Variant(testDescription: "", kernels: doubleKernels(for: set)), many(1 << 20))
    #expect(zip(float, double).allSatisfy { ($0 - $1).magnitude <= 10 * 0x1p-24 * $1.magnitude })
  }

  @Test("all instruction sets see the same noise up to rounding")
  func instructionSets() {
    for (kernels, unit) in [
      (floatKernels as (InstructionSet) -> any TestedKernels.Type, 0x1p-24), (doubleKernels, 0x1p-53),
    ] {
      let sets = InstructionSet.available.map {
        draws(Variant(testDescription: "", kernels: kernels($0)), many(1 << 20))
      }
      for other in sets.dropFirst() {
        #expect(zip(other, sets[0]).allSatisfy { ($0 - $1).magnitude <= 12 * unit * $1.magnitude })
      }
    }
  }
}
