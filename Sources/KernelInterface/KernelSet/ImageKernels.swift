/// Images: planes of rows and columns, one for each channel.
public protocol ImageKernels<Element> {
  associatedtype Element: BinaryFloatingPoint & Sendable

  // MARK: Windows as columns

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

  // MARK: Windows, each of which meets the plane

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
}
