import Glibc

/// The z below which a standard normal variable lies with probability p, for 0 < p < 1.
///
/// Quotients of polynomials of degree 7 in three ranges: in q² around the middle, where q = p − ½,
/// and in √(−log p) for either tail. Their error is about one part in 10¹⁶.
///
/// Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics
/// 37 (1988), PPND16.
package func normalQuantile(_ p: Double) -> Double {
  let q = p - 0.5
  if abs(q) <= 0.425 { return q * middle(0.180625 - q * q) }
  let r = (-log(min(p, 1 - p))).squareRoot()
  let z = r <= 5 ? tail(r - 1.6) : farTail(r - 5)
  return q < 0 ? -z : z
}

/// The coefficients are those of the source, of the highest power first.
private struct Quotient {
  let numerator: [Double]
  let denominator: [Double]

  func callAsFunction(_ x: Double) -> Double {
    numerator.reduce(0) { $0 * x + $1 } / denominator.reduce(0) { $0 * x + $1 }
  }
}

/// 0.075 ≤ p ≤ 0.925.
private let middle = Quotient(
  numerator: [
    2.509_080_928_730_122_6727e3, 3.343_057_558_358_812_8105e4, 6.726_577_092_700_870_0853e4,
    4.592_195_393_154_987_1457e4, 1.373_169_376_550_946_1125e4, 1.971_590_950_306_551_4427e3,
    1.331_416_678_917_843_7745e2, 3.387_132_872_796_366_6080e0,
  ],
  denominator: [
    5.226_495_278_852_854_5610e3, 2.872_908_573_572_194_2674e4, 3.930_789_580_009_271_0610e4,
    2.121_379_430_158_659_5867e4, 5.394_196_021_424_751_1077e3, 6.871_870_074_920_579_0830e2,
    4.231_333_070_160_091_1252e1, 1,
  ])

/// Down to a tail of e^−25.
private let tail = Quotient(
  numerator: [
    7.745_450_142_783_414_07640e-4, 2.272_384_498_926_918_45833e-2, 2.417_807_251_774_506_11770e-1,
    1.270_458_252_452_368_38258e0, 3.647_848_324_763_204_60504e0, 5.769_497_221_460_691_40550e0,
    4.630_337_846_156_545_29590e0, 1.423_437_110_749_683_57734e0,
  ],
  denominator: [
    1.050_750_071_644_416_84324e-9, 5.475_938_084_995_344_94600e-4, 1.519_866_656_361_645_71966e-2,
    1.481_039_764_274_800_74590e-1, 6.897_673_349_851_000_04550e-1, 1.676_384_830_183_803_84940e0,
    2.053_191_626_637_758_82187e0, 1,
  ])

private let farTail = Quotient(
  numerator: [
    2.010_334_399_292_288_13265e-7, 2.711_555_568_743_487_57815e-5, 1.242_660_947_388_078_43860e-3,
    2.653_218_952_657_612_30930e-2, 2.965_605_718_285_048_91230e-1, 1.784_826_539_917_291_33580e0,
    5.463_784_911_164_114_36990e0, 6.657_904_643_501_103_77720e0,
  ],
  denominator: [
    2.044_263_103_389_939_78564e-15, 1.421_511_758_316_445_88870e-7, 1.846_318_317_510_054_68180e-5,
    7.868_691_311_456_132_59100e-4, 1.487_536_129_085_061_48525e-2, 1.369_298_809_227_358_05310e-1,
    5.998_322_065_558_879_37690e-1, 1,
  ])
