/// Rows of a table, picked by integers.
struct Embedding: Operation {
  /// Indices per sample.
  let positions: Int
  let columns: Int
  let tableRows: Int

  var backwardReads: (inputs: Bool, output: Bool) { (true, false) }
  var integerLimits: [IntegerLimit] {
    [IntegerLimit(input: 0, count: tableRows, ignored: nil, names: ("index", "rows"))]
  }

  func forward<T: Scalar>(_ operands: Operands<T>) {
    T.kernels.gatherRows(
      rows: operands.batch * positions, columns: columns, tableRows: tableRows, indices: operands.integers(0),
      table: operands.input(1), output: operands.output)
  }

  func backward<T: Scalar>(_ operands: Operands<T>) {
    guard let dTable = operands.inputGradient(1) else { return }
    T.kernels.gatherRowsBackward(
      rows: operands.batch * positions, columns: columns, tableRows: tableRows, indices: operands.integers(0),
      outputGradient: operands.outputGradient, tableGradient: dTable)
  }
}

extension Graph {
  /// indices (…) of integers, table (rows, columns) → (…, columns)
  public mutating func addEmbedding(indices: Int, table: Int) throws(InvalidArgument) -> Int {
    let positions = try node(indices, as: .label, argument: "indices").shape
    let rows = try node(table, as: .shared, argument: "table").shape
    try require(
      rows.dimensions.count == 2,
      "table \(name(of: table)) has shape \(rows); an embedding needs (rows, columns)")
    return append(
      Embedding(positions: positions.count, columns: rows.dimensions[1], tableRows: rows.dimensions[0]),
      inputs: [indices, table], shape: try Shape(positions.dimensions + [rows.dimensions[1]]), role: .sample)
  }
}
