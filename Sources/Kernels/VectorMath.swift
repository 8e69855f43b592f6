/// Elementary functions without branches, tables or calls, so that loops over them vectorise.
///
/// All coefficients are our own fits (`tools/fit_elementary_functions.py`): Lawson's iteratively reweighted
/// least squares in 60-digit arithmetic, minimising the largest relative error of the function; that error is below 0.15 ulp of
/// `Element` everywhere. The tests measure the results: within 2 ulp for exp, 4 for tanh
/// and the logarithm, 3 for cosine and sine, 5 for Φ. A NaN gives a NaN.
extension Kernels {
  // MARK: Exponential

  /// (q, n) with exp(x + low) = 2ⁿ (1 + q), n whole, |q| < 1/2. `low` carries digits of the argument
  /// that x has no room for.
  @inline(__always)
  static func exponentialParts(_ x: Element, low: Element = 0) -> (q: Element, n: Element) {
    // ln 2 in two parts: n ln2High is exact.
    #if DOUBLE
      let ln2High = 0x1.62e42fefa4p-1
      let ln2Low = -1.7239444525614835e-13
    #else
      let ln2High: Element = 0.693359375
      let ln2Low: Element = -2.12194440e-4
    #endif
    let n = multiplyAdd(x, 1.4426950408889634, wholeBias) - wholeBias
    let r = multiplyAdd(-n, ln2Low, multiplyAdd(-n, ln2High, x)) + low
    // (eʳ − 1 − r) / r² on |r| ≤ ln2 / 2
    #if DOUBLE
      var p = multiplyAdd(2.09244362532521786e-9, r, 2.51090444616305334e-8)
      p = multiplyAdd(p, r, 2.75572427659110269e-7)
      p = multiplyAdd(p, r, 2.75572441824947364e-6)
      p = multiplyAdd(p, r, 2.4801587360576798e-5)
      p = multiplyAdd(p, r, 1.98412698861585757e-4)
      p = multiplyAdd(p, r, 1.38888888888668065e-3)
      p = multiplyAdd(p, r, 8.33333333332161572e-3)
      p = multiplyAdd(p, r, 4.16666666666667015e-2)
      p = multiplyAdd(p, r, 0.166666666666666766)
      p = multiplyAdd(p, r, 0.5)
    #else
      var p = multiplyAdd(1.991270569e-4, r, 1.394104419e-3)
      p = multiplyAdd(p, r, 8.333275709e-3)
      p = multiplyAdd(p, r, 4.166635404e-2)
      p = multiplyAdd(p, r, 0.1666666681)
      p = multiplyAdd(p, r, 0.5000000047)
    #endif
    return (multiplyAdd(r * r, p, r), n)
  }

  /// eˣ
  @inline(__always)
  package static func exp(_ x: Element) -> Element {
    // Past these limits the result is 0 or infinity.
    #if DOUBLE
      let y = clamp(x, -746, 710)
    #else
      let y = clamp(x, -104, 89)
    #endif
    let (q, n) = exponentialParts(y)
    return scale(1 + q, n)
  }

  // MARK: Hyperbolic tangent

  /// tanh |x| = E / (E + 2) with E = e²ˣ − 1 = 2ⁿ q + (2ⁿ − 1), which loses nothing near 0.
  @inline(__always)
  package static func tanh(_ x: Element) -> Element {
    // Past the limit the result rounds to 1, and 2ⁿ stays small.
    let (q, n) = exponentialParts(2 * clamp(x.magnitude, 0, 20))
    let power = powerOfTwo(n)
    let e = multiplyAdd(power, q, power - 1)
    return copySign(of: x, to: e / (e + 2))
  }

  // MARK: Normal distribution

  /// Φ(x) = ∫₋∞ˣ exp(−t²/2) dt / √(2π), accurate in the left tail, and bell = exp(−x²/2).
  ///
  /// For a ≥ 0, Φ(−a) = exp(−a²/2) / (√(2π) a + g(a)), where g falls smoothly from 2 to 0. It is fitted by a
  /// quotient p / q of polynomials with positive coefficients, so that nothing cancels. In the exponent a²
  /// keeps all its digits as c² + (a − c)(a + c), c being a without the lower half of its digits.
  @inline(__always)
  package static func normalDistribution(_ x: Element) -> (cumulative: Element, bell: Element) {
    // Past the limit Φ(−a) rounds to 0.
    #if DOUBLE
      let a = clamp(x.magnitude, 0, 39)
      let c = Element(bitPattern: a.bitPattern & (~0 &<< 27))
      var p = multiplyAdd(1.44460196446479121e-6, a, 4.33058955432350974e-5)
      p = multiplyAdd(p, a, 6.38192658976465398e-4)
      p = multiplyAdd(p, a, 5.9964868975586804e-3)
      p = multiplyAdd(p, a, 3.9372943529464912e-2)
      p = multiplyAdd(p, a, 0.187119041861049469)
      p = multiplyAdd(p, a, 0.64539323857115754)
      p = multiplyAdd(p, a, 1.56946264936153405)
      p = multiplyAdd(p, a, 2.47762578701931705)
      p = multiplyAdd(p, a, 2)
      var q = multiplyAdd(5.763128020214982e-7, a, 1.72765527141738239e-5)
      q = multiplyAdd(q, a, 2.55754661056711509e-4)
      q = multiplyAdd(q, a, 2.42680522411458844e-3)
      q = multiplyAdd(q, a, 1.62132794347899988e-2)
      q = multiplyAdd(q, a, 7.93305071364565089e-2)
      q = multiplyAdd(q, a, 0.287386996207964571)
      q = multiplyAdd(q, a, 0.761785885726930832)
      q = multiplyAdd(q, a, 1.41971968294518937)
      q = multiplyAdd(q, a, 1.69424247002229255)
      q = multiplyAdd(q, a, 1)
    #else
      let a = clamp(x.magnitude, 0, 14.5)
      let c = Element(bitPattern: a.bitPattern & (~0 &<< 12))
      var p = multiplyAdd(6.267355097e-3, a, 7.490006239e-2)
      p = multiplyAdd(p, a, 0.416777082)
      p = multiplyAdd(p, a, 1.261233907)
      p = multiplyAdd(p, a, 2)
      var q = multiplyAdd(2.500068228e-3, a, 2.989310375e-2)
      q = multiplyAdd(q, a, 0.1710009032)
      q = multiplyAdd(q, a, 0.5663857734)
      q = multiplyAdd(q, a, 1.086046587)
      q = multiplyAdd(q, a, 1)
    #endif
    let (e, n) = exponentialParts(-0.5 * c * c, low: -0.5 * (a - c) * (a + c))
    let bell = scale(1 + e, n)
    let tail = bell * (q / multiplyAdd(2.5066282746310002 * a, q, p))
    return (x > 0 ? 1 - tail : tail, bell)
  }

  // MARK: Of random words

  /// −ln u for the uniform number u = (word + 1/2) 2⁻³².
  ///
  /// Of u and 1 − u the smaller one, d, is a full-precision `Element`; so the result is accurate at both
  /// ends: with u = 2ᵉ (1 + f), f is −d where u rounds to 1.
  @inline(__always)
  package static func minusLog(uniform word: UInt32) -> Element {
    let signed = Int32(bitPattern: word)
    let d = multiplyAdd(Element(signed ^ (signed &>> 31)), 0x1p-32, 0x1p-33)
    let u = signed < 0 ? 1 - d : d
    // e and f with 1 + f in [√½, √2): the offset carries into the exponent field from √2 on.
    let offset = (1 as Element).bitPattern &- Element(0.7071067811865476).bitPattern
    let field = (u.bitPattern &+ offset) &>> Bits(Element.significandBitCount)
    let one = (1 as Element).bitPattern &>> Bits(Element.significandBitCount)
    let mantissa = Element(
      bitPattern: u.bitPattern &- (field &- one) &<< Bits(Element.significandBitCount))
    let e = whole(field) - whole(one)
    let f = e == 0 ? -d : mantissa - 1
    return multiplyAdd(e, -0.6931471805599453, -logOnePlus(f))
  }

  /// ln(1 + f) for 1 + f in [√½, √2). With s = f / (2 + f) it is 2 artanh s = 2 s + s R = f − s (f − R).
  @inline(__always)
  static func logOnePlus(_ f: Element) -> Element {
    let s = f / (2 + f)
    let z = s * s
    // R / s²
    #if DOUBLE
      var p = multiplyAdd(0.147963486833634091, z, 0.153140116372319877)
      p = multiplyAdd(p, z, 0.181835658144238521)
      p = multiplyAdd(p, z, 0.222221985450186579)
      p = multiplyAdd(p, z, 0.285714287426602766)
      p = multiplyAdd(p, z, 0.399999999994134361)
      p = multiplyAdd(p, z, 0.666666666666673461)
    #else
      var p = multiplyAdd(0.2987206194, z, 0.399775295)
      p = multiplyAdd(p, z, 0.6666677648)
    #endif
    return multiplyAdd(-s, multiplyAdd(-z, p, f), f)
  }

  /// The cosine and sine of 2π word / 2³². The quarter turn is taken off exactly, in whole numbers.
  @inline(__always)
  package static func cosineSine(turns word: UInt32) -> (cosine: Element, sine: Element) {
    let quarter = (word &+ 0x2000_0000) &>> 30
    let rest = Int32(bitPattern: word &- quarter &<< 30)
    let t = Element(rest) * 1.4629180792671597e-9
    let z = t * t
    // (sin t − t) / t³ and (cos t − 1 + t²/2) / t⁴ on |t| ≤ π/4
    #if DOUBLE
      var s = multiplyAdd(1.58968112609423398e-10, z, -2.50507583741201125e-8)
      s = multiplyAdd(s, z, 2.75573136934988537e-6)
      s = multiplyAdd(s, z, -1.98412698298121325e-4)
      s = multiplyAdd(s, z, 8.33333333332241871e-3)
      s = multiplyAdd(s, z, -0.16666666666666632)
      var c = multiplyAdd(-1.13596583988917563e-11, z, 2.0875723469116491e-9)
      c = multiplyAdd(c, z, -2.75573143537042008e-7)
      c = multiplyAdd(c, z, 2.48015872894866671e-5)
      c = multiplyAdd(c, z, -1.38888888888741306e-3)
      c = multiplyAdd(c, z, 4.16666666666665995e-2)
    #else
      var s = multiplyAdd(-1.951725654e-4, z, 8.332177822e-3)
      s = multiplyAdd(s, z, -0.1666665494)
      var c = multiplyAdd(2.443837776e-5, z, -1.388736684e-3)
      c = multiplyAdd(c, z, 4.166664685e-2)
    #endif
    s = multiplyAdd(t * z, s, t)
    c = multiplyAdd(z * z, c, multiplyAdd(z, -0.5, 1))
    let odd = quarter & 1 != 0
    return (
      flipSign(of: odd ? s : c, ifBit1Of: quarter &+ 1), flipSign(of: odd ? c : s, ifBit1Of: quarter)
    )
  }

  // MARK: Bits

  /// Adding this rounds to a whole number, which is then in the low bits: `Int(x)` does not vectorise.
  @inline(__always)
  static var wholeBias: Element {
    #if DOUBLE
      0x1.8p52
    #else
      0x1.8p23
    #endif
  }

  /// 2ⁿ for whole n, where that is a normal number.
  @inline(__always)
  static func powerOfTwo(_ n: Element) -> Element {
    let exponent = (n + wholeBias).bitPattern &<< Bits(Element.significandBitCount)
    return Element(bitPattern: exponent &+ (1 as Element).bitPattern)
  }

  /// 2ⁿ x in two steps, since 2ⁿ may overflow or be zero where the product does not.
  @inline(__always)
  static func scale(_ x: Element, _ n: Element) -> Element {
    let half = multiplyAdd(n, 0.5, wholeBias) - wholeBias
    return x * powerOfTwo(half) * powerOfTwo(n - half)
  }

  /// A small whole number as an `Element`, by the same trick: AVX2 converts no 64-bit integers.
  @inline(__always)
  static func whole(_ n: Bits) -> Element {
    Element(bitPattern: wholeBias.bitPattern &+ n) - wholeBias
  }

  /// x within low ... high, written so that a NaN passes.
  @inline(__always)
  static func clamp(_ x: Element, _ low: Element, _ high: Element) -> Element {
    let y = x < low ? low : x
    return y > high ? high : y
  }

  @inline(__always)
  static func copySign(of x: Element, to magnitude: Element) -> Element {
    Element(bitPattern: magnitude.bitPattern | (x.bitPattern & (-0.0 as Element).bitPattern))
  }

  @inline(__always)
  static func flipSign(of x: Element, ifBit1Of word: UInt32) -> Element {
    Element(bitPattern: x.bitPattern ^ Bits(word &>> 1) &<< Bits(Bits.bitWidth &- 1))
  }
}
