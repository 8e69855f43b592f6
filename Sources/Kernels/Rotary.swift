/// Pairs of elements, turned by the angles of their row's position.
extension Kernels {
  public static func rotary(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, input: UnsafePointer<Element>, output: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let angles = r % positions &* pairs
      let (cosine, sine) = (cosines + angles, sines + angles)
      let (x, y) = (input + r &* columns, output + r &* columns)
      if interleaved {
        for i in 0..<pairs {
          let (a, b) = (x[2 &* i], x[2 &* i &+ 1])
          y[2 &* i] = multiplyAdd(a, cosine[i], -(b * sine[i]))
          y[2 &* i &+ 1] = multiplyAdd(b, cosine[i], a * sine[i])
        }
      } else {
        for i in 0..<pairs {
          let (a, b) = (x[i], x[pairs &+ i])
          y[i] = multiplyAdd(a, cosine[i], -(b * sine[i]))
          y[pairs &+ i] = multiplyAdd(b, cosine[i], a * sine[i])
        }
      }
      for c in 2 &* pairs..<columns { y[c] = x[c] }
    }
  }

  /// A rotation's gradient is turned back.
  public static func rotaryBackward(
    rows: Int, columns: Int, positions: Int, pairs: Int, interleaved: Bool, cosines: UnsafePointer<Element>,
    sines: UnsafePointer<Element>, outputGradient: UnsafePointer<Element>,
    inputGradient: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<rows {
      let angles = r % positions &* pairs
      let (cosine, sine) = (cosines + angles, sines + angles)
      let (dy, dx) = (outputGradient + r &* columns, inputGradient + r &* columns)
      if interleaved {
        for i in 0..<pairs {
          let (a, b) = (dy[2 &* i], dy[2 &* i &+ 1])
          dx[2 &* i] += multiplyAdd(a, cosine[i], b * sine[i])
          dx[2 &* i &+ 1] += multiplyAdd(b, cosine[i], -(a * sine[i]))
        }
      } else {
        for i in 0..<pairs {
          let (a, b) = (dy[i], dy[pairs &+ i])
          dx[i] += multiplyAdd(a, cosine[i], b * sine[i])
          dx[pairs &+ i] += multiplyAdd(b, cosine[i], -(a * sine[i]))
        }
      }
      for c in 2 &* pairs..<columns { dx[c] += dy[c] }
    }
  }
}
