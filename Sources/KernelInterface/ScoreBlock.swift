/// Some rows of attention scores: what each of them sees, and what is added to it.
public struct ScoreBlock<Element: BinaryFloatingPoint & Sendable> {
  public var rows: Int
  /// Also from one row of the scores to the next.
  public var columns: Int
  /// Row r sees the first min(columns, visible + r) columns.
  public var visible: Int
  /// Element (r, c), at r maskRowStep + c maskColumnStep, is added to the score.
  public var mask: UnsafePointer<Element>?
  public var maskRowStep: Int
  public var maskColumnStep: Int

  public init(
    rows: Int, columns: Int, visible: Int, mask: UnsafePointer<Element>? = nil, maskRowStep: Int = 0,
    maskColumnStep: Int = 0
  ) {
    (self.rows, self.columns, self.visible) = (rows, columns, visible)
    (self.mask, self.maskRowStep, self.maskColumnStep) = (mask, maskRowStep, maskColumnStep)
  }
}
