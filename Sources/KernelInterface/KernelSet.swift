/// The leaf loops of the library, one implementation per precision and instruction set.
///
/// Every kernel takes counts and raw pointers that its caller has checked: it never allocates, never
/// fails, and never reads or writes outside what its parameters state. Matrices are row-major and
/// contiguous; the losses want at least one column. Unless stated, inputs and outputs do not overlap.
/// A backward kernel ADDS to its result.
/// Sums and losses are accumulated in Double whatever `Element` is.
public protocol KernelSet<Element>: Sendable {
  associatedtype Element: BinaryFloatingPoint & Sendable

  // MARK: Matrix products

  /// In memory for `productWorkspace` elements, aligned as vectors want it. The bits of an element of C depend on its row
  /// of A, its column of B and what C held, not on how many there are. Nothing of C that lies beyond its columns is
  /// touched.
  static func multiply(_ product: GEMM<Element>, workspace: UnsafeMutablePointer<Element>)
  static var productWorkspace: Int { get }

  // MARK: Rows

  /// matrix[r, c] += vector[c]
  static func addRowVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>)
  /// vector[c] += Σ_r matrix[r, c]
  static func addColumnSums(
    rows: Int, columns: Int, matrix: UnsafePointer<Element>, vector: UnsafeMutablePointer<Element>)

  // MARK: Elements of another type

  /// y[i] = x[i], rounded where `Element` is of less precision. `x` is aligned for its elements.
  static func convert(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Element>)
  /// y[i] = x[i], of integers. What an Int64 does not hold, or is no integer, becomes the largest, which is out of
  /// every range.
  static func convertIntegers(
    _ stored: StoredElement, count: Int, from x: UnsafeRawPointer, to y: UnsafeMutablePointer<Int64>)

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

  /// y = f(x)
  static func apply(
    _ function: ElementaryFunction, count: Int, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  /// The derivatives of √ and of powers below 1 at 0 are infinite; that of |x| is 0 there.
  static func applyBackward(
    _ function: ElementaryFunction, count: Int, input: UnsafePointer<Element>, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)

  // MARK: Runs, each operand with a step of its own; a step of 0 holds on to one element

  /// y[i yStep] = x[i xStep]
  static func copy(
    count: Int, from x: UnsafePointer<Element>, step xStep: Int, to y: UnsafeMutablePointer<Element>,
    step yStep: Int)
  /// y[i yStep] += scale x[i xStep]; a sum into one element is taken in Double.
  static func accumulate(
    count: Int, scale: Element, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int)
  /// result[i] = a[i aStep] ∘ b[i bStep]. A NaN stays a NaN.
  static func arithmetic(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, result: UnsafeMutablePointer<Element>)
  /// The gradients of both sides, where they are wanted. Where maximum or minimum has equal sides, it is b's.
  static func arithmeticBackward(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, resultGradient: UnsafePointer<Element>,
    aGradient: UnsafeMutablePointer<Element>?, bGradient: UnsafeMutablePointer<Element>?)

  // MARK: Rows of a matrix

  /// y = x − log Σ exp x where `logarithm`, else exp of that; nothing overflows.
  static func softmax(
    rows: Int, columns: Int, logarithm: Bool, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func softmaxBackward(
    rows: Int, columns: Int, logarithm: Bool, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)
  /// y[r] = the largest x[r, ·]. A NaN stays a NaN.
  static func rowMaxima(
    rows: Int, columns: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// To the first of the largest elements.
  static func rowMaximaBackward(
    rows: Int, columns: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// output[r, ·] = table[indices[r], ·]. An index outside 0 ..< tableRows gives NaN (never a stray read).
  static func gatherRows(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>, table: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func gatherRowsBackward(
    rows: Int, columns: Int, tableRows: Int, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, tableGradient: UnsafeMutablePointer<Element>)

  // MARK: Attention; see `ScoreBlock`

  /// scores[r, ·] ← the softmax of what row r sees, 0 where it sees nothing; its largest score and 1 / Σ exp(score −
  /// largest) are kept. Nothing overflows: a row whose scores are all −∞ is a row of equal scores.
  static func attentionSoftmax(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>,
    maxima: UnsafeMutablePointer<Element>, factors: UnsafeMutablePointer<Element>)
  /// The same, from what it kept.
  static func attentionProbabilities(
    _ block: ScoreBlock<Element>, scores: UnsafeMutablePointer<Element>, maxima: UnsafePointer<Element>,
    factors: UnsafePointer<Element>)
  /// scoreGradient[r, c] ← probabilities[r, c] (probabilityGradient[r, c] − Σ_i output[r, i] outputGradient[r, i]), in
  /// place of the probabilities' gradient.
  static func attentionScoreGradient(
    rows: Int, columns: Int, outputs: Int, output: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, probabilities: UnsafePointer<Element>,
    gradient: UnsafeMutablePointer<Element>)

  // MARK: Rotary positions

  /// y[r, ·] = x[r, ·] with its pairs (a, b) turned by the angles of position p = r mod `positions`:
  /// (a cos − b sin, a sin + b cos) with cosines[p, i] and sines[p, i]. Pair i is the elements i and pairs + i, or 2i and
  /// 2i + 1 where `interleaved`; what is after the pairs is copied.
  static func rotary(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  static func rotaryBackward(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  // MARK: Images: planes of rows and columns, one for each channel

  /// columns[(c kernelRows + i) kernelColumns + j, (r − firstRow) resultColumns + q] = element (i, j) of window (r, q) in
  /// channel c, and 0 in the padding, for the `rows` rows of windows from `firstRow` on. From one row of the matrix to
  /// the next there are `rowStep` elements.
  static func imageToColumns(
    _ windows: Windows, channels: Int, firstRow: Int, rows: Int, image: UnsafePointer<Element>,
    columns: UnsafeMutablePointer<Element>, rowStep: Int)
  /// Adds each element of the matrix to where `imageToColumns` takes it from.
  static func columnsToImage(
    _ windows: Windows, channels: Int, firstRow: Int, rows: Int, columns: UnsafePointer<Element>,
    rowStep: Int, image: UnsafeMutablePointer<Element>)

  // MARK: Convolutions along padded planes

  /// The copy that `PaddedPlanes` describes, of each channel of an image: the elements alone, between zeros that are
  /// there already.
  static func fillPlanes(
    _ padded: PaddedPlanes, channels: Int, image: UnsafePointer<Element>, copy: UnsafeMutablePointer<Element>)
  /// packed = the weights in the order in which `convolve` reads them: (block of output channels, input channel, tap,
  /// channel of the block), with zeros where a block has no channel. The weight of channels o and i and tap t is
  /// weight[o outputStep + i inputStep + taps[t]]; without `taps` they are all there are, in their order.
  static func packConvolutionWeight(
    _ run: ConvolutionRun, taps: UnsafePointer<Int>?, inputStep: Int, outputStep: Int,
    weight: UnsafePointer<Element>, packed: UnsafeMutablePointer<Element>)
  /// result[o, r, q] ← bias[o] + Σ_i Σ_t weight[o, i, t] planes[i inputStep + offsets[t] + r pitch + q], and where it
  /// `adds`, result += the sum, without a bias. The sum is in the order of the packed weights.
  ///
  /// It reads `scratchStep` elements from each offset on: `longestVector` more than the planes have, at most.
  static func convolve(
    _ run: ConvolutionRun, planes: UnsafePointer<Element>, offsets: UnsafePointer<Int>,
    packed: UnsafePointer<Element>, bias: UnsafePointer<Element>?, adds: Bool,
    scratch: UnsafeMutablePointer<Element>, result: UnsafeMutablePointer<Element>)
  /// One sample's gradients (O, rows, width) in panels, which are zeros where there are no channels; see
  /// `WeightGradientRun`.
  static func gradientPanels(
    _ run: WeightGradientRun, outputGradient: UnsafePointer<Element>, panels: UnsafeMutablePointer<Element>)
  /// sums[column, o] += Σ_r Σ_q panels[r, q, o] planes[offsets[column] + r pitch + q]
  static func addWeightGradient(
    _ run: WeightGradientRun, planes: UnsafePointer<Element>, offsets: UnsafePointer<Int>,
    panels: UnsafePointer<Element>, sums: UnsafeMutablePointer<Element>)
  /// weightGradient[o, column] += sums[column, o]
  static func addWeightSums(
    _ run: WeightGradientRun, sums: UnsafePointer<Element>, weightGradient: UnsafeMutablePointer<Element>)

  // MARK: Rows and channels

  /// y[r yStep + c] = x[r xStep + c]
  static func copyRows(
    rows: Int, columns: Int, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int)
  /// matrix[r, c] += vector[r]
  static func addColumnVector(
    rows: Int, columns: Int, vector: UnsafePointer<Element>, matrix: UnsafeMutablePointer<Element>)
  // MARK: Channels: arrays (samples, channels, places)

  /// vector[c] += Σ input[s, c, place] over samples and places
  static func addChannelSums(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>,
    vector: UnsafeMutablePointer<Element>)
  /// y = x scale[c] + shift[c]
  static func channelAffine(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>, scale: UnsafePointer<Element>,
    shift: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// The gradients that are wanted. The input's is written where this does not `add` to it.
  static func channelAffineBackward(
    samples: Int, channels: Int, places: Int, input: UnsafePointer<Element>, scale: UnsafePointer<Element>,
    outputGradient: UnsafePointer<Element>, adds: Bool, inputGradient: UnsafeMutablePointer<Element>?,
    scaleGradient: UnsafeMutablePointer<Element>?, shiftGradient: UnsafeMutablePointer<Element>?)

  // MARK: Normalization of rows

  /// y[c] = (x[c] − m) / √(v + ε) weight[c] + bias[c], where m is the row's mean and v its variance around it, or
  /// without `centred` 0 and the mean square. Without a weight it is 1, without a bias 0.
  static func normalize(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, bias: UnsafePointer<Element>?, output: UnsafeMutablePointer<Element>)
  /// The gradients that are wanted. `sums` is scratch memory for 2 columns.
  static func normalizeBackward(
    rows: Int, columns: Int, centred: Bool, epsilon: Double, input: UnsafePointer<Element>,
    weight: UnsafePointer<Element>?, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>?, weightGradient: UnsafeMutablePointer<Element>?,
    biasGradient: UnsafeMutablePointer<Element>?, sums: UnsafeMutablePointer<Double>)

  // MARK: Windows of planes, each of which meets the plane

  /// The largest element of each window; padding is none. A NaN stays a NaN.
  static func maxPool(
    _ windows: Windows, planes: Int, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>)
  /// To the first of the largest elements, row by row; to the last NaN where there is one.
  static func maxPoolBackward(
    _ windows: Windows, planes: Int, input: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)
  /// The mean of each window, over its padding too, with zeros, where `countsPadding`.
  static func averagePool(
    _ windows: Windows, planes: Int, countsPadding: Bool, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func averagePoolBackward(
    _ windows: Windows, planes: Int, countsPadding: Bool, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>)

  /// output[r] = input[r, indices[r]]; 0 where the index is `ignored` (`Int64.min`: nowhere). One outside 0 ..< columns gives NaN (never a
  /// stray read).
  static func pick(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>, input: UnsafePointer<Element>,
    output: UnsafeMutablePointer<Element>)
  static func pickBackward(
    rows: Int, columns: Int, ignored: Int64, indices: UnsafePointer<Int64>,
    outputGradient: UnsafePointer<Element>, inputGradient: UnsafeMutablePointer<Element>)

  // MARK: Losses, one per row

  /// losses[r] = offset + scale Σ_c (prediction[r, c] − target[r, c])², the difference taken in Double, so
  /// that a large residual does not cost the loss its digits.
  static func squaredError(
    rows: Int, columns: Int, scale: Double, offset: Double, prediction: UnsafePointer<Element>,
    target: UnsafePointer<Element>, losses: UnsafeMutablePointer<Double>)
  /// predictionGradient[r, c] += factor (prediction[r, c] − target[r, c])
  static func squaredErrorBackward(
    count: Int, factor: Element, prediction: UnsafePointer<Element>, target: UnsafePointer<Element>,
    predictionGradient: UnsafeMutablePointer<Element>)
  /// losses[r] = (1/columns) Σ_c log(1 + e^x) − t x: of binary targets t in [0, 1], without overflow.
  static func binaryCrossEntropy(
    rows: Int, columns: Int, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    losses: UnsafeMutablePointer<Double>)
  /// logitsGradient[i] += factor (1 / (1 + e^−x) − t)
  static func binaryCrossEntropyBackward(
    count: Int, factor: Element, logits: UnsafePointer<Element>, target: UnsafePointer<Element>,
    logitsGradient: UnsafeMutablePointer<Element>)
  /// losses[r] = the mean, over the positions whose label is not `ignored` (`Int64.min`: over all), of
  /// (1 − smoothing) (−log p[label]) + smoothing/columns Σ_c (−log p[c]), where p, which is written to
  /// probabilities[r, position, ·], is the softmax of the position's logits: computed as log Σ exp without overflow
  /// and without losing small losses; 0 where all positions are ignored. A label outside 0 ..< columns gives a NaN
  /// loss (never a stray read).
  static func crossEntropy(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    logits: UnsafePointer<Element>, labels: UnsafePointer<Int64>,
    probabilities: UnsafeMutablePointer<Element>,
    losses: UnsafeMutablePointer<Double>)
  static func crossEntropyBackward(
    rows: Int, positions: Int, columns: Int, ignored: Int64, smoothing: Double,
    probabilities: UnsafePointer<Element>, labels: UnsafePointer<Int64>, lossGradient: Element,
    logitsGradient: UnsafeMutablePointer<Element>)

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
  /// sums[i] += ± factor √weights[i] x[i], − where bit i mod 32 of signs[i / 32] is set; weights nil means 1.
  static func addWithSigns(
    count: Int, factor: Double, signs: UnsafePointer<UInt32>, weights: UnsafePointer<Element>?,
    _ x: UnsafePointer<Element>, to sums: UnsafeMutablePointer<Double>)
  /// The index of the first NaN or infinity, or nil.
  static func firstNonfinite(count: Int, _ x: UnsafePointer<Element>) -> Int?

  // MARK: Random numbers

  /// The first `count` words of the stream: word 4b + k is word k of Philox4x32-10 at block b.
  static func randomWords(
    count: Int, stream: RandomStream, words: UnsafeMutablePointer<UInt32>)

  // MARK: Parameter updates
  //
  // The normal of parameter i is element i of `stream`, made as `Kernels/Normals.swift` says: the same in both
  // precisions up to rounding. A vector can be updated in parts: `first` is the index of a part's first parameter, and a
  // multiple of `noiseBlock`.

  static var noiseBlock: Int { get }

  /// One overdamped step (see `LangevinStep`): updates `displacement` and `parameters` in place. `preconditioner`
  /// nil means 1 everywhere.
  static func langevinUpdate(
    from first: Int, count: Int, step: LangevinStep<Element>, terms: PosteriorTerms<Element>,
    stream: RandomStream,
    center: UnsafePointer<Element>, gradient: UnsafePointer<Element>,
    preconditioner: UnsafePointer<Element>?, displacement: UnsafeMutablePointer<Element>,
    parameters: UnsafeMutablePointer<Element>)
  /// One step with momentum (see `MomentumStep`): updates `momentum`, `displacement` and `parameters` in place.
  /// `preconditionerRoot` is √A; nil means 1 everywhere.
  static func momentumUpdate(
    from first: Int, count: Int, step: MomentumStep<Element>, terms: PosteriorTerms<Element>,
    stream: RandomStream,
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
