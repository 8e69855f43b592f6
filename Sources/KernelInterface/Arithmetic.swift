/// An operation on two numbers.
public enum Arithmetic: Int32, Sendable {
  case add = 0
  case subtract = 1
  case multiply = 2
  case divide = 3
  case maximum = 4
  case minimum = 5
}

/// A function of one number. `power` is xᵖ for a given p.
public enum ElementaryFunction: Sendable, Equatable {
  case exp, log, sqrt, erf, sin, cos, abs
  case power(Double)
}
