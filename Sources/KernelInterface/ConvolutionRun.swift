/// One run of a convolution along `PaddedPlanes`: which results it has, and where they go.
public struct ConvolutionRun: Sendable {
  /// Channels.
  public let inputs: Int
  public let outputs: Int
  /// Elements of a kernel.
  public let taps: Int
  /// Of the results.
  public let rows: Int
  public let columns: Int
  /// From one row of the copy to the next, and from one channel to the next.
  public let pitch: Int
  public let inputStep: Int
  /// From one row, column and channel of the results to the next, where they go.
  public let rowStep: Int
  public let columnStep: Int
  public let outputStep: Int

  public init(
    inputs: Int, outputs: Int, taps: Int, rows: Int, columns: Int, pitch: Int, inputStep: Int, rowStep: Int,
    columnStep: Int, outputStep: Int
  ) {
    (self.inputs, self.outputs, self.taps) = (inputs, outputs, taps)
    (self.rows, self.columns, self.pitch, self.inputStep) = (rows, columns, pitch, inputStep)
    (self.rowStep, self.columnStep, self.outputStep) = (rowStep, columnStep, outputStep)
  }

  /// Output channels whose weights lie side by side.
  public static var blockSize: Int { 8 }
  /// The places are computed by whole vectors, none of which is longer.
  public static var longestVector: Int { 16 }

  /// From the first result to the last.
  public var places: Int { (rows - 1) * pitch + columns }
  public var scratchStep: Int {
    (places + Self.longestVector - 1) / Self.longestVector * Self.longestVector
  }
  public var scratchCount: Int { Self.blockSize * scratchStep }
  public var packedCount: Int {
    (outputs + Self.blockSize - 1) / Self.blockSize * Self.blockSize * inputs * taps
  }
}
