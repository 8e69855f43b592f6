/// The gradient of a convolution's weight by one sample: for every column, which is one element of all windows in one
/// channel, and every output channel, a sum over the windows.
///
/// Output channels are in panels, places and columns after one another: (panel, place, channel of the panel) and
/// (panel, column, channel of the panel), with zeros where there are no channels.
public struct WeightGradientRun: Sendable {
  public let outputs: Int
  public let columns: Int
  /// From one output channel of the weight to the next: the columns of all runs that make parts of it.
  public let weightStep: Int
  /// Of the windows.
  public let rows: Int
  public let width: Int
  /// From one row of the padded planes to the next.
  public let pitch: Int

  public init(outputs: Int, columns: Int, rows: Int, width: Int, pitch: Int) {
    (self.outputs, self.columns, self.rows, self.width, self.pitch) = (outputs, columns, rows, width, pitch)
    weightStep = columns
  }

  /// The same for some of the columns, from the beginning of a block on.
  public init(_ whole: WeightGradientRun, columns: Range<Int>) {
    (outputs, self.columns, weightStep) = (whole.outputs, columns.count, whole.weightStep)
    (rows, width, pitch) = (whole.rows, whole.width, whole.pitch)
  }

  /// Columns that are computed at once: their number is rounded up to whole blocks.
  public static var blockSize: Int { 9 }

  public var panelWidth: Int { outputs > 16 ? 32 : 16 }
  public var panels: Int { (outputs + panelWidth - 1) / panelWidth }
  public var places: Int { rows * width }
  public var paddedColumns: Int { (columns + Self.blockSize - 1) / Self.blockSize * Self.blockSize }
  public var gradientCount: Int { panels * places * panelWidth }
  public var sumCount: Int { panels * paddedColumns * panelWidth }
}
