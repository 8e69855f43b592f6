/// Convolutions along padded planes.
public protocol PlaneConvolutionKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

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
}
