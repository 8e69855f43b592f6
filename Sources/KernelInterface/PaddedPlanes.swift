/// Planes in a copy along which a convolution goes in one run, whatever the extents are.
///
/// Around a plane there are zeros, and the rows lie `pitch` apart, one after the other: so one element of all windows is
/// the copy itself, shifted, of which the places between the rows' results are of no use. Where windows step over
/// elements, a plane is taken apart into `phases`, each of which has every `step`th row and column.
///
/// Element (u, v) of phase (a, b) is the plane's element at row u step + a − before, and at the column found in the same
/// way. What is after a row's elements may be what is before the next one's: all are zeros.
public struct PaddedPlanes: Sendable {
  public typealias Pair = Windows.Pair

  public let plane: Pair
  /// Zeros before the first row and column; where negative, elements that nothing needs.
  public let before: Pair
  public let step: Pair
  public let phases: Pair
  /// Of a phase, as far as it is needed.
  public let extent: Pair
  public let pitch: Int

  /// - Parameter columns: of the results that are computed from it.
  public init(plane: Pair, before: Pair, step: Pair, phases: Pair, extent: Pair, columns: Int) {
    (self.plane, self.before, self.step) = (plane, before, step)
    (self.phases, self.extent) = (phases, extent)
    let after = extent.columns - before.columns - plane.columns
    let isOnePhase = step.columns == 1 && before.columns >= 0
    pitch = max(columns, isOnePhase ? plane.columns + max(before.columns, after, 0) : extent.columns)
  }

  /// Elements of a phase, and of all phases of a plane.
  public var phaseCount: Int { (extent.rows - 1) * pitch + extent.columns }
  public var count: Int { phases.rows * phases.columns * phaseCount }
}
