/// What a node computes from the nodes before it: its shape rule is in an extension of `Graph` in the same file, its
/// loops are kernels.
///
/// A conforming type holds the extents of ONE sample, found when the node is added; `forward` and `backward` are told
/// how many samples there are. They run in memory that was planned before, and allocate nothing.
protocol Operation: Sendable {
  /// Which forward values the backward pass reads; what it does not read, the arena may reuse.
  var backwardReads: (inputs: Bool, output: Bool) { get }
  /// Elements per sample that the forward pass leaves for the backward pass, beside the value.
  var keptCount: Int { get }
  /// Elements of scratch memory, whatever the number of samples.
  var scratchCount: Int { get }
  /// Whether it needs the workspace of matrix products.
  var multipliesMatrices: Bool { get }
  /// Whether the gradients of what is shared by all samples can be asked for in parts (see `Operands.part`).
  var dividesSharedGradients: Bool { get }
  /// Whether `backward` writes the gradients that nothing was added to yet (`Operands.isNew`), which nobody has made zeros
  /// then.
  var writesNewGradients: Bool { get }
  /// Whether it computes one sample after the other, so that it gains little by many at once; but what the operations
  /// before it have made may have left the caches.
  var worksBySample: Bool { get }
  /// Which of its inputs are integers, and what they may be.
  var integerLimits: [IntegerLimit] { get }

  func forward<T: Scalar>(_ operands: Operands<T>)
  /// Adds to the gradients of its inputs, and writes those that are new, if it says so.
  func backward<T: Scalar>(_ operands: Operands<T>)

  // The same for each precision, which nobody implements: called through `any Operation`, a generic function runs
  // unspecialised, and that costs more than the arithmetic of a small layer.
  func forward(float operands: Operands<Float>)
  func forward(double operands: Operands<Double>)
  func backward(float operands: Operands<Float>)
  func backward(double operands: Operands<Double>)
}

extension Operation {
  var keptCount: Int { 0 }
  var scratchCount: Int { 0 }
  var multipliesMatrices: Bool { false }
  var dividesSharedGradients: Bool { false }
  var writesNewGradients: Bool { false }
  var worksBySample: Bool { false }
  var integerLimits: [IntegerLimit] { [] }

  func forward(float operands: Operands<Float>) { forward(operands) }
  func forward(double operands: Operands<Double>) { forward(operands) }
  func backward(float operands: Operands<Float>) { backward(operands) }
  func backward(double operands: Operands<Double>) { backward(operands) }
}

extension Operands {
  /// `operation` on these, in specialised code.
  func forward(_ operation: any Operation) {
    switch T.precision {
    case .float32: operation.forward(float: unsafeBitCast(self, to: Operands<Float>.self))
    case .float64: operation.forward(double: unsafeBitCast(self, to: Operands<Double>.self))
    }
  }

  func backward(_ operation: any Operation) {
    switch T.precision {
    case .float32: operation.backward(float: unsafeBitCast(self, to: Operands<Float>.self))
    case .float64: operation.backward(double: unsafeBitCast(self, to: Operands<Double>.self))
    }
  }
}

/// The integers that an operation takes: 0 ..< count, and one more that means "none".
struct IntegerLimit: Sendable {
  /// Which input of the operation.
  let input: Int
  let count: Int
  let ignored: Int64?
  /// What they are called, one and all: ("label", "classes").
  let names: (one: String, all: String)
}

/// What kind of value a node holds.
public enum Role: String, Sendable {
  /// Floats, one value per sample.
  case sample = "value of floats per sample"
  /// 64-bit integers, one value per sample.
  case label = "value of integers per sample"
  /// Floats that do not depend on the sample: parameters, constants, and what is computed of them alone.
  case shared = "value shared by all samples, such as a parameter"
  /// One loss per sample, in Double; only ever a result.
  case loss = "loss"
}

/// Where a node's value comes from.
enum Content: Sendable {
  /// The data set's array of this position.
  case input(Int)
  case parameter
  case constant([Double])
  /// The elements of its input, in another shape: no memory of its own.
  case alias
  case computed(any Operation)
}
