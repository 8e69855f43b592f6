import Sampling
import TensorCore
import Testing

@Suite struct GradientSketchTests {
  /// Of a difference, with a preconditioner: the sums are then the elements.
  @Test func `the length of few elements is exact`() throws {
    let count = 1000
    let first = (0..<count).map { Float($0 % 7) - 3 }
    let second = (0..<count).map { Float($0 % 5) - 2 }
    let weights = (0..<count).map { Float($0 % 3 + 1) }
    let sketch = try GradientSketch<Float>(count: count)
    for _ in 0..<2 {
      sketch.add(first, factor: 1, preconditioner: weights, seed: 7, step: 3)
      sketch.add(second, factor: -1, preconditioner: weights, seed: 7, step: 3)
      var expected = 0.0
      for i in 0..<count {
        let difference = Double(first[i] - second[i])
        expected += Double(weights[i]) * difference * difference
      }
      #expect(abs(sketch.squaredLength / expected - 1) < 1e-6)
      sketch.clear()
    }
  }

  /// The squared length of many elements is unbiased, and scatters by (2/size) (Σx²)² at most: with five elements to a sum,
  /// whose pairs make all of the scatter, by 4/5 of it.
  @Test func `the length of many elements is right on average`() throws {
    let (size, rows, repeats) = (1 << 14, 5, 100)
    let count = rows * size
    // Every sum has elements that all agree: without signs it would be five times too long.
    let elements = (0..<count).map { Float($0 % size % 11) - 4.5 }
    let exact = elements.reduce(0.0) { $0 + Double($1 * $1) }
    let sketch = try GradientSketch<Float>(count: count)
    let relative = (0..<repeats).map { step in
      sketch.clear()
      sketch.add(elements, factor: 2, preconditioner: nil, seed: 1, step: step)
      return sketch.squaredLength / (4 * exact) - 1
    }
    let mean = relative.reduce(0, +) / Double(repeats)
    let variance = relative.reduce(0) { $0 + $1 * $1 } / Double(repeats)
    let fourth = elements[..<size].reduce(0.0) { $0 + Double($1 * $1 * $1 * $1) }
    // Σ over the sums of 2 Σ_{i≠j} x_i² x_j² = 2 · rows (rows − 1) x⁴
    let law = 2 * Double(rows * (rows - 1)) * fourth / (exact * exact)
    #expect(abs(mean) < 4 * (law / Double(repeats)).squareRoot())
    #expect(abs(variance / law - 1) < 4 * (2 / Double(repeats)).squareRoot())
    #expect(variance < 2 * 2 / Double(size))
  }
}
