import Glibc
import TensorCore

/// The pointer, which must not be NULL.
func require<Pointer>(_ pointer: Pointer?, _ argument: String) throws(InvalidArgument) -> Pointer {
  guard let pointer else { throw InvalidArgument("\(argument) is NULL") }
  return pointer
}

/// Throws unless the caller's struct is at least the one this library knows; a larger one is of a later version,
/// whose first fields are the same.
func requireSize(_ size: Int64, of name: String, atLeast known: Int) throws(InvalidArgument) {
  try require(
    size >= known,
    "\(name).struct_size is \(size), but this library's \(name) has \(known) bytes: initialise the struct first"
  )
}

/// Copies as many bytes of `values` as the caller's struct has, which may be of an earlier version and shorter.
func fill<Options>(_ options: UnsafeMutablePointer<Options>?, size: Int64, with values: Options) {
  guard let options else { return }
  let count = max(0, min(Int(size), MemoryLayout<Options>.size))
  withUnsafePointer(to: values) { _ = memcpy(options, $0, count) }
}

/// Throws unless `value` is positive and finite, also when it is rounded to the model's precision.
func requirePositive(_ value: Double, _ name: String, in precision: Precision) throws(InvalidArgument) {
  let rounded = precision.rounding(value)
  try require(
    rounded > 0 && rounded.isFinite, "\(name) is \(value); it must be positive and finite in \(precision)")
}

/// Throws unless `value` is finite, also when it is rounded to the model's precision, and not negative.
func requireNonnegative(_ value: Double, _ name: String, in precision: Precision) throws(InvalidArgument) {
  try require(
    value >= 0 && precision.rounding(value).isFinite,
    "\(name) is \(value); it must be finite in \(precision), and not negative")
}

/// Throws unless `value` is finite, also when it is rounded to the model's precision.
func requireFinite(_ value: Double, _ name: String, in precision: Precision) throws(InvalidArgument) {
  try require(
    precision.rounding(value).isFinite, "\(name) is \(value); it must be finite in \(precision)")
}

extension Precision {
  fileprivate func rounding(_ value: Double) -> Double { self == .float32 ? Double(Float(value)) : value }
}

/// Throws where no buffer can hold that many numbers.
func requireCount(_ count: Int64, _ argument: String) throws(InvalidArgument) {
  let limit = Memory<Double>.countLimit
  try require(0 <= count && count <= limit, "\(argument) is \(count); it must be in 0 ... \(limit)")
}

/// Throws where no caller can mean a list of that length: a wrong count must not read far outside the array.
func requireListLength(_ count: Int64, _ argument: String) throws(InvalidArgument) {
  try require(
    (0...65_536).contains(count), "the length of \(argument) is \(count); it must be in 0 ... 65536")
}

/// The batch size in force: 0 asks for the default.
func checkedBatchSize(_ batchSize: Int64, samples: Int) throws(InvalidArgument) -> Int {
  if batchSize == 0 { return min(samples, 256) }
  try require(
    batchSize > 0 && batchSize <= samples,
    "batch_size is \(batchSize); with \(samples) samples it must be in 1 ... \(samples)")
  return Int(batchSize)
}

/// `count` integers of a C array.
func integers(_ pointer: UnsafePointer<Int64>?, count: Int64, _ argument: String) throws(InvalidArgument)
  -> [Int]
{
  try requireListLength(count, argument)
  if count == 0 { return [] }
  let pointer = try require(pointer, argument)
  return (0..<Int(count)).map { Int(pointer[$0]) }
}
