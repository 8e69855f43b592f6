import KernelInterface

/// Runs of elements, each operand with a step of its own; a step of 0 holds on to one element.
extension Kernels {
  public static func copy(
    count: Int, from x: UnsafePointer<Element>, step xStep: Int, to y: UnsafeMutablePointer<Element>,
    step yStep: Int
  ) {
    if xStep == 1, yStep == 1 {
      for i in 0..<count { y[i] = x[i] }
    } else {
      for i in 0..<count { y[i &* yStep] = x[i &* xStep] }
    }
  }

  public static func accumulate(
    count: Int, scale: Element, from x: UnsafePointer<Element>, step xStep: Int,
    to y: UnsafeMutablePointer<Element>, step yStep: Int
  ) {
    if yStep == 0 {
      y[0] += Element(sum(count: count) { Double(x[$0 &* xStep]) }) * scale
    } else if xStep == 1, yStep == 1 {
      for i in 0..<count { y[i] = multiplyAdd(scale, x[i], y[i]) }
    } else {
      for i in 0..<count { y[i &* yStep] = multiplyAdd(scale, x[i &* xStep], y[i &* yStep]) }
    }
  }

  public static func arithmetic(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, result: UnsafeMutablePointer<Element>
  ) {
    switch operation {
    case .add: combine(count, a, aStep, b, bStep, result) { $0 + $1 }
    case .subtract: combine(count, a, aStep, b, bStep, result) { $0 - $1 }
    case .multiply: combine(count, a, aStep, b, bStep, result) { $0 * $1 }
    case .divide: combine(count, a, aStep, b, bStep, result) { $0 / $1 }
    // Written so that a NaN on either side stays.
    case .maximum: combine(count, a, aStep, b, bStep, result) { $0 > $1 || $0 != $0 ? $0 : $1 }
    case .minimum: combine(count, a, aStep, b, bStep, result) { $0 < $1 || $0 != $0 ? $0 : $1 }
    }
  }

  @inline(__always)
  private static func combine(
    _ count: Int, _ a: UnsafePointer<Element>, _ aStep: Int, _ b: UnsafePointer<Element>, _ bStep: Int,
    _ result: UnsafeMutablePointer<Element>, _ f: (Element, Element) -> Element
  ) {
    switch (aStep, bStep) {
    case (1, 1): for i in 0..<count { result[i] = f(a[i], b[i]) }
    case (1, 0):
      let b = b[0]
      for i in 0..<count { result[i] = f(a[i], b) }
    case (0, 1):
      let a = a[0]
      for i in 0..<count { result[i] = f(a, b[i]) }
    default: for i in 0..<count { result[i] = f(a[i &* aStep], b[i &* bStep]) }
    }
  }

  public static func arithmeticBackward(
    _ operation: Arithmetic, count: Int, _ a: UnsafePointer<Element>, step aStep: Int,
    _ b: UnsafePointer<Element>, step bStep: Int, resultGradient dy: UnsafePointer<Element>,
    aGradient: UnsafeMutablePointer<Element>?, bGradient: UnsafeMutablePointer<Element>?
  ) {
    if let da = aGradient {
      switch operation {
      case .add, .subtract: accumulate(count: count, scale: 1, from: dy, step: 1, to: da, step: aStep)
      case .multiply: spread(count, da, aStep) { dy[$0] * b[$0 &* bStep] }
      case .divide: spread(count, da, aStep) { dy[$0] / b[$0 &* bStep] }
      case .maximum: spread(count, da, aStep) { a[$0 &* aStep] > b[$0 &* bStep] ? dy[$0] : 0 }
      case .minimum: spread(count, da, aStep) { a[$0 &* aStep] < b[$0 &* bStep] ? dy[$0] : 0 }
      }
    }
    if let db = bGradient {
      switch operation {
      case .add: accumulate(count: count, scale: 1, from: dy, step: 1, to: db, step: bStep)
      case .subtract: accumulate(count: count, scale: -1, from: dy, step: 1, to: db, step: bStep)
      case .multiply: spread(count, db, bStep) { dy[$0] * a[$0 &* aStep] }
      case .divide:
        spread(count, db, bStep) { i in
          let divisor = b[i &* bStep]
          return -dy[i] * (a[i &* aStep] / divisor) / divisor
        }
      case .maximum: spread(count, db, bStep) { a[$0 &* aStep] > b[$0 &* bStep] ? 0 : dy[$0] }
      case .minimum: spread(count, db, bStep) { a[$0 &* aStep] < b[$0 &* bStep] ? 0 : dy[$0] }
      }
    }
  }

  /// gradient[i step] += term(i)
  @inline(__always)
  private static func spread(
    _ count: Int, _ gradient: UnsafeMutablePointer<Element>, _ step: Int, _ term: (Int) -> Element
  ) {
    if step == 0 {
      gradient[0] += Element(sum(count: count) { Double(term($0)) })
    } else if step == 1 {
      for i in 0..<count { gradient[i] += term(i) }
    } else {
      for i in 0..<count { gradient[i &* step] += term(i) }
    }
  }
}
