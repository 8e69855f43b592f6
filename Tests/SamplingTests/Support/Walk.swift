import Sampling
import TensorCore
import Testing

/// Means of the products x_i x_j over a chain's steps, in batches, so that they tell their own standard error too.
struct ProductMeans {
  let dimension: Int
  let count: Int
  /// Batch by batch, the mean of x xᵀ.
  let batches: [Matrix]

  var mean: Matrix { 1 / Double(batches.count) * batches.dropFirst().reduce(batches[0], +) }
  subscript(i: Int, j: Int) -> (mean: Double, standardError: Double) {
    let values = batches.map { $0[i, j] }
    return (values.mean, values.standardError)
  }
}

/// Drives one chain from w* = 0, and is told of every place where it arrives after the burn-in.
func walk<P: Potential>(
  _ sampler: any Sampler<P.Element>, on potential: P, steps: Int, burnin: Int = 1000, seed: UInt64 = 1,
  boundingBox: Double = .infinity, visit: (_ chain: Chain<P.Element>) -> Void
) throws {
  typealias T = P.Element
  let center = [T](repeating: 0, count: potential.dimension)
  nonisolated(unsafe) let sampler = sampler
  let setup = ChainSetup(
    center: try Center(center, dimension: center.count), boundingBox: boundingBox,
    schedule: try Schedule(draws: steps, burninSteps: burnin, stepsBetweenDraws: 1),
    sampleCount: potential.sampleCount, batchSize: 1, seed: seed
  ) { _ in sampler }
  let chain = try Chain(setup)
  let losses = try Memory<Double>(count: 1)
  while chain.step < burnin + steps {
    repeat {
      potential.gradient(
        of: chain.batch, at: chain.parameters, losses: losses.pointer, into: chain.gradient)
    } while chain.arrive(loss: losses.pointer[0]) == nil
    if chain.step >= burnin { visit(chain) }
    chain.leave()
  }
}

/// The products of w, and of the momentum where the sampler has one, over a chain on a quadratic.
func productMeans<T: Scalar>(
  _ sampler: any Sampler<T>, _ target: QuadraticTarget, steps: Int, burnin: Int = 1000, seed: UInt64 = 1
) throws -> ProductMeans {
  let half = target.dimension
  let dimension = sampler.momentum == nil ? half : 2 * half
  let x = try Memory<Double>(count: dimension)
  let sums = try Memory<Double>(repeating: 0, count: dimension * dimension)
  let batchCount = 50
  let batchSize = steps / batchCount
  var batches: [Matrix] = []
  var seen = 0
  try walk(
    sampler, on: try NoisyQuadratic<T>(target), steps: batchSize * batchCount, burnin: burnin, seed: seed
  ) {
    copyDoubles(from: $0.parameters, count: half, into: x.pointer)
    if let p = sampler.momentum { copyDoubles(from: p, count: half, into: x.pointer + half) }
    addProducts(x.pointer, dimension, to: sums.pointer)
    seen += 1
    if seen == batchSize {
      batches.append(
        Matrix(rows: dimension, columns: dimension) { sums.pointer[$0 * dimension + $1] / Double(batchSize) })
      sums.pointer.zero(count: dimension * dimension)
      seen = 0
    }
  }
  return ProductMeans(dimension: dimension, count: batchSize * batchCount, batches: batches)
}

private func addProducts(_ x: UnsafePointer<Double>, _ count: Int, to sums: UnsafeMutablePointer<Double>) {
  for i in 0..<count {
    for j in 0..<count { sums[i * count + j] += x[i] * x[j] }
  }
}

/// Expects the chain's second moments to be those of its law, within four of the law's own standard errors.
func expectLaw(
  _ law: LinearLaw, _ means: ProductMeans, sourceLocation: SourceLocation = #_sourceLocation
) {
  let mean = means.mean
  for i in 0..<means.dimension {
    for j in 0...i {
      let error = law.standardError(i, j, count: means.count)
      let deviation = (mean[i, j] - law.covariance[i, j]) / error
      #expect(
        abs(deviation) < 4,
        "element (\(i), \(j)) is \(mean[i, j]), not \(law.covariance[i, j]), by \(deviation) standard errors",
        sourceLocation: sourceLocation)
    }
  }
}
