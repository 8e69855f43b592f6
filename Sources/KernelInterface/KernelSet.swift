/// The leaf loops of the library, one implementation per precision and instruction set.
///
/// Every kernel takes counts and raw pointers that its caller has checked: it never allocates, never
/// fails, and never reads or writes outside what its parameters state. Matrices are row-major and
/// contiguous; the losses want at least one column. Unless stated, inputs and outputs do not overlap.
/// A backward kernel ADDS to its result.
/// Sums and losses are accumulated in Double whatever `Element` is.
public protocol KernelSet<Element>: Sendable {
  associatedtype Element: BinaryFloatingPoint & Sendable

  // MARK: Rows

  /// matrix[r, c] += vector[c]
  static func addRowVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>)
  /// vector[c] += Σ_r matrix[r, c]
  static func addColumnSums(
    rows: Int, columns: Int, matrix: UnsafePointer<Element>, vector: UnsafeMutablePointer<Element>)

  // MARK: Activations; `inputGradient` += outputGradient · f′

  /// y = max(x, 0). A NaN stays a NaN.
  static func relu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is 0.
  static func reluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  static func tanh(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// f′ = 1 − y², from the OUTPUT of the forward pass.
  static func tanhBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x Φ(x), Φ the standard normal distribution function.
  static func gelu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func geluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
  static func geluTanh(
    count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func geluTanhBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  /// y = s(x) = 1 / (1 + e⁻ˣ)
  static func sigmoid(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// f′ = y (1 − y), from the OUTPUT of the forward pass.
  static func sigmoidBackward(
    count: Int, output: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x s(x)
  static func silu(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func siluBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = log(1 + eˣ)
  static func softplus(count: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func softplusBackward(
    count: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x where x > 0, else negativeSlope x
  static func leakyReLU(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is that of the left side.
  static func leakyReLUBackward(
    count: Int, negativeSlope: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// y = x where x > 0, else alpha (eˣ − 1)
  static func elu(
    count: Int, alpha: Element, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The derivative at 0 is that of the left side.
  static func eluBackward(
    count: Int, alpha: Element, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  // MARK: Losses, one per row

  /// losses[r] = (1/columns) Σ_c (prediction[r, c] − target[r, c])², the difference taken in Double, so
  /// that a large residual does not cost the loss its digits.
  static func squaredError(
    rows: Int, columns: Int, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    losses: UnsafeMutablePointer<Double>)
  /// predictionGradient[r, c] += lossGradient · (2/columns) (prediction[r, c] − target[r, c])
  static func squaredErrorBackward(
    rows: Int, columns: Int, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    lossGradient: Element, predictionGradient: UnsafeMutablePointer<Element>)
  /// probabilities[r, ·] = softmax(logits[r, ·]); losses[r] = −log probabilities[r, labels[r]], computed as
  /// log Σ exp without overflow and without losing small losses. A label outside 0 ..< columns gives
  /// a NaN loss (never a stray read).
  static func crossEntropy(
    rows: Int, columns: Int, logits: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    probabilities: UnsafeMutablePointer<Element>, losses: UnsafeMutablePointer<Double>)
  /// logitsGradient[r, c] += lossGradient · (probabilities[r, c] − [c = labels[r]])
  static func crossEntropyBackward(
    rows: Int, columns: Int, probabilities: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    lossGradient: Element, logitsGradient: UnsafeMutablePointer<Element>)

  // MARK: Reductions, in Double

  /// Σ x y
  static func dot(count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>) -> Double
  /// Σ weights x y
  static func weightedDot(
    count: Int, weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>
  ) -> Double
  /// Σ x² / weights
  static func squaredNorm(count: Int, over weights: UnsafePointer<Element>, _ x: UnsafePointer<Element>)
    -> Double
  /// Σ (x − y)²
  static func squaredDistance(
    count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double
  /// The index of the first NaN or infinity, or nil.
  static func firstNonfinite(count: Int, _ x: UnsafePointer<Element>) -> Int?

  // MARK: Random numbers

  /// The first `count` words of the stream: word 4b + k is word k of Philox4x32-10 at block b.
  static func randomWords(
    count: Int, stream: RandomStream, words: UnsafeMutablePointer<UInt32>)

  // MARK: Parameter updates
  //
  // The normal of parameter i is element i of `stream`, made as `Kernels/Normals.swift` says: the same in both
  // precisions up to rounding.

  /// One overdamped step (see `LangevinStep`): updates `displacement` and `parameters` in place. `preconditioner`
  /// nil means 1 everywhere.
  static func langevinUpdate(
    count: Int, step: LangevinStep<Element>, terms: PosteriorTerms<Element>, stream: RandomStream,
    center: UnsafePointer<Element>, gradient: UnsafePointer<Element>,
    preconditioner: UnsafePointer<Element>?, displacement: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>)
  /// One step with momentum (see `MomentumStep`): updates `momentum`, `displacement` and `parameters` in place.
  /// `preconditionerRoot` is √A; nil means 1 everywhere.
  static func momentumUpdate(
    count: Int, step: MomentumStep<Element>, terms: PosteriorTerms<Element>, stream: RandomStream,
    center: UnsafePointer<Element>, gradient: UnsafePointer<Element>,
    preconditionerRoot: UnsafePointer<Element>?, displacement: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>, momentum: UnsafeMutablePointer<Element>)
  /// gradient ← ∇U at `displacement`, from the gradient of the loss (see `PosteriorTerms`).
  static func posteriorGradient(
    count: Int, terms: PosteriorTerms<Element>, center: UnsafePointer<Element>,
    displacement: UnsafePointer<Element>, preconditioner: UnsafePointer<Element>?,
    gradient: UnsafeMutablePointer<Element>)
  /// v ← decay v + (1 − decay) gradient²;  preconditioner ← 1 / (√(v / correction) + epsilon)
  static func secondMomentUpdate(
    count: Int, decay: Element, correction: Element, epsilon: Element, gradient: UnsafePointer<Element>,
    secondMoment: UnsafeMutablePointer<Element>, preconditioner: UnsafeMutablePointer<Element>)
  /// m ← decay m + (1 − decay) gradient;  corrected ← m / correction
  static func firstMomentUpdate(
    count: Int, decay: Element, correction: Element, gradient: UnsafePointer<Element>,
    firstMoment: UnsafeMutablePointer<Element>, corrected: UnsafeMutablePointer<Element>)
  /// What has left the box |u| ≤ `halfWidth` comes back: u ← its mirror image at the wall (or, from beyond the other
  /// wall too, that wall), w ← w* + u, and the momentum, where there is one, is turned round.
  static func reflect(
    count: Int, halfWidth: Element, center: UnsafePointer<Element>,
    displacement: UnsafeMutablePointer<Element>, parameters: UnsafeMutablePointer<Element>,
    momentum: UnsafeMutablePointer<Element>?)
  /// velocity ← momentum velocity + gradient + weightDecay w;  w ← w − lr velocity
  static func sgdUpdate(
    count: Int, lr: Element, momentum: Element, weightDecay: Element,
    gradient: UnsafePointer<Element>, velocity: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>)
  /// Adam (Kingma & Ba 2015, algorithm 1): with g = gradient + weightDecay w,
  /// m ← beta1 m + (1−beta1) g, v ← beta2 v + (1−beta2) g²,
  /// w ← w − lr (m / firstCorrection) / (√(v / secondCorrection) + epsilon),
  /// where the corrections are 1 − beta1ᵗ and 1 − beta2ᵗ.
  static func adamUpdate(
    count: Int, lr: Element, beta1: Element, beta2: Element, epsilon: Element, weightDecay: Element,
    firstCorrection: Element, secondCorrection: Element, gradient: UnsafePointer<Element>,
    firstMoment: UnsafeMutablePointer<Element>, secondMoment: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>)
}
