import TensorCore

/// The mean of `count` values.
public func mean(_ values: UnsafePointer<Double>, _ count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += values[i] }
  return sum / Double(count)
}

/// The mean of the values of these rows, summed in their order.
func mean(of values: UnsafePointer<Double>, _ rows: Rows) -> Double {
  switch rows {
  case .range(let start, let count): return mean(values + start, count)
  case .indices(let indices, let count):
    var sum = 0.0
    for i in 0..<count { sum += values[Int(indices[i])] }
    return sum / Double(count)
  }
}
