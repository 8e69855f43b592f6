/// Random numbers, and the rules that move parameters by them.
public protocol UpdateKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

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
