import Glibc
import Sampling
import TensorCore
import Testing

@Suite struct TrainingTests {
  private func train(_ optimizer: Optimizer, lr: Double, decay: Double = 0, steps: Int) throws -> (
    Double, [Double]
  ) {
    var w = [4.0]
    var losses = [Double](repeating: 0, count: steps)
    try w.withUnsafeMutableBufferPointer { w in
      try losses.withUnsafeMutableBufferPointer { losses in
        let job = try TrainingJob(
          potential: Quadratic<Double>(curvatures: [2]), optimizer: optimizer, lr: lr, weightDecay: decay,
          steps: steps, batchSize: 1, seed: 0, parameters: w.baseAddress.unsafelyUnwrapped,
          trace: losses.baseAddress)
        let run = try Run(job)
        while run.state == .running { run.wait(milliseconds: 100) }
      }
    }
    return (w[0], losses)
  }

  @Test func `SGD with momentum and weight decay follows its recursion`() throws {
    var (w, v) = (4.0, 0.0)
    for _ in 0..<20 {
      v = 0.9 * v + 2 * w + 0.5 * w
      w -= 0.01 * v
    }
    let (trained, losses) = try train(.sgd(momentum: 0.9), lr: 0.01, decay: 0.5, steps: 20)
    #expect(abs(trained - w) < 1e-12)
    #expect(losses[0] == 16)
  }

  @Test func `Adam follows its recursion, with both corrections`() throws {
    var (w, m, v) = (4.0, 0.0, 0.0)
    for t in 1...20 {
      let g = 2 * w
      m = 0.9 * m + 0.1 * g
      v = 0.99 * v + 0.01 * g * g
      w -= 0.1 * (m / (1 - pow(0.9, Double(t)))) / ((v / (1 - pow(0.99, Double(t)))).squareRoot() + 1e-8)
    }
    #expect(abs(try train(.adam(beta1: 0.9, beta2: 0.99, epsilon: 1e-8), lr: 0.1, steps: 20).0 - w) < 1e-12)
  }
}
