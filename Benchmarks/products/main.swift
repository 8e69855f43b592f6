import COpenBLAS
import CSupport
import Glibc
import KernelDispatch

// The matrix products of a dense layer, by the library's own kernels and by OpenBLAS with the kernels that the library
// chose for it, in turns, on one core:
//
//   swift run -c release products-benchmark [BATCHxOUTPUTSxINPUTS ...]

/// A dense layer: y = x Wᵀ, where x is batch × inputs and W outputs × inputs.
struct Layer {
  let batch, outputs, inputs: Int
  let x, w, y: UnsafeMutablePointer<Float>
  let workspace: UnsafeMutablePointer<Float>

  init(batch: Int, outputs: Int, inputs: Int) {
    (self.batch, self.outputs, self.inputs) = (batch, outputs, inputs)
    x = numbers(batch * inputs)
    w = numbers(outputs * inputs)
    y = numbers(batch * outputs)
    workspace = numbers(floatKernels.productWorkspace)
  }

  func free() { for memory in [x, w, y, workspace] { memory.deallocate() } }

  /// In a step, by name; each by the library's kernels and by OpenBLAS.
  var products: [(name: String, own: () -> Void, openBLAS: () -> Void)] {
    let (m, n, k) = (Int32(batch), Int32(outputs), Int32(inputs))
    return [
      (
        "y = x Wᵀ",
        { multiply(GEMM(m: batch, n: outputs, k: inputs, a: x, b: w, transposeB: true, c: y)) },
        { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k, w, k, 0, y, n) }
      ),
      (
        "dW = dyᵀ x",
        { multiply(GEMM(m: outputs, n: inputs, k: batch, a: y, transposeA: true, b: x, c: w)) },
        { cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, k, m, 1, y, n, x, k, 0, w, k) }
      ),
      (
        "dx = dy W",
        { multiply(GEMM(m: batch, n: inputs, k: outputs, a: y, b: w, c: x)) },
        { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, k, n, 1, y, n, w, k, 0, x, k) }
      ),
    ]
  }

  private func multiply(_ product: GEMM<Float>) {
    // Products of products would grow without bound.
    var product = product
    product.scale = 1 / Float(product.k)
    floatKernels.multiply(product, workspace: workspace)
  }
}

func numbers(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
    .bindMemory(to: Float.self, capacity: count)
  for i in 0..<count { memory[i] = Float((i &* 7919) % 101) / 101 - 0.5 }
  return memory
}

func seconds(of work: () -> Void, times: Int) -> Double {
  var (begin, end) = (timespec(), timespec())
  clock_gettime(CLOCK_MONOTONIC, &begin)
  for _ in 0..<times { work() }
  clock_gettime(CLOCK_MONOTONIC, &end)
  return Double(end.tv_sec - begin.tv_sec) + 1e-9 * Double(end.tv_nsec - begin.tv_nsec)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func report(_ layer: Layer) {
  let operations = 2 * Double(layer.batch) * Double(layer.outputs) * Double(layer.inputs)
  // Two milliseconds of each in a turn, and at least nine turns.
  let times = max(1, Int(2e-3 * 50e9 / operations))
  let turns = max(9, min(61, Int(50e9 / (operations * Double(times)))))
  for (name, own, openBLAS) in layer.products {
    own()
    openBLAS()
    let taken = (0..<turns).map { _ in
      (seconds(of: own, times: times), seconds(of: openBLAS, times: times))
    }
    let rate = Double(times) * operations / 1e9
    let (ours, theirs) = (rate / median(taken.map(\.0)), rate / median(taken.map(\.1)))
    let ratio = (median(taken.map { $0.1 / $0.0 }) * 100).rounded() / 100
    let shape = "\(layer.batch) × \(layer.outputs) × \(layer.inputs)"
    print("| \(shape) | \(name) | \(Int(ours.rounded())) | \(Int(theirs.rounded())) | \(ratio) |")
  }
}

let shapes =
  CommandLine.arguments.count > 1
  ? CommandLine.arguments.dropFirst().map { $0.split(separator: "x").compactMap { Int($0) } }
  : [
    [500, 18, 18], [500, 58, 58], [500, 158, 158], [500, 500, 500], [500, 1581, 1581], [64, 5000, 5000],
    [512, 128, 784], [512, 1024, 1024], [4096, 128, 128],
  ]
guard shapes.allSatisfy({ $0.count == 3 && $0.allSatisfy { $0 > 0 } }) else {
  print("A layer is BATCHxOUTPUTSxINPUTS, as 500x18x18.")
  exit(2)
}
print(
  "Kernels \(InstructionSet.current.architecture), OpenBLAS \(String(cString: support_blas_core_name())); GFLOP/s\n"
)
print("| batch × outputs × inputs | | own | OpenBLAS | ratio |\n|---|---|---|---|---|")
for shape in shapes {
  let layer = Layer(batch: shape[0], outputs: shape[1], inputs: shape[2])
  report(layer)
  layer.free()
}
