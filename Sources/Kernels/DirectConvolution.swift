import KernelInterface

/// Convolutions without a matrix of columns: along padded planes, for blocks of output channels.
extension Kernels {
  public static func packConvolutionWeight(
    _ run: ConvolutionRun, taps: UnsafePointer<Int>?, inputStep: Int, outputStep: Int,
    weight: UnsafePointer<Element>, packed: UnsafeMutablePointer<Element>
  ) {
    let block = ConvolutionRun.blockSize
    var y = packed
    for start in stride(from: 0, to: run.outputs, by: block) {
      let height = min(block, run.outputs &- start)
      if height < block {
        for k in 0..<run.inputs &* run.taps &* block { y[k] = 0 }
      }
      for input in 0..<run.inputs {
        let x = weight + (start &* outputStep &+ input &* inputStep)
        if let taps {
          for tap in 0..<run.taps {
            for o in 0..<height { y[tap &* block &+ o] = x[o &* outputStep &+ taps[tap]] }
          }
        } else {
          transpose(rows: height, columns: run.taps, from: x, step: outputStep, to: y, step: block)
        }
        y += run.taps &* block
      }
    }
  }

  public static func convolve(
    _ run: ConvolutionRun, planes x: UnsafePointer<Element>, offsets: UnsafePointer<Int>,
    packed: UnsafePointer<Element>, bias: UnsafePointer<Element>?, adds: Bool,
    scratch: UnsafeMutablePointer<Element>, result: UnsafeMutablePointer<Element>
  ) {
    var weight = packed
    for start in stride(from: 0, to: run.outputs, by: ConvolutionRun.blockSize) {
      let height = min(ConvolutionRun.blockSize, run.outputs &- start)
      convolveBlock(run, height, x, offsets, weight, scratch)
      for o in 0..<height {
        let y = result + (start &+ o) &* run.outputStep
        let sums = scratch + o &* run.scratchStep
        if adds {
          addResults(run, sums, y)
        } else {
          storeResults(run, sums, bias.map { $0[start &+ o] } ?? 0, y)
        }
      }
      weight += ConvolutionRun.blockSize &* run.inputs &* run.taps
    }
  }

  private static func convolveBlock(
    _ run: ConvolutionRun, _ height: Int, _ x: UnsafePointer<Element>, _ offsets: UnsafePointer<Int>,
    _ weight: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>
  ) {
    #if VECTOR512
      if height > 4 {
        convolutionTiles(run, isTall: true, x: x, offsets: offsets, weight: weight, y: y)
      } else {
        convolutionTiles(run, isTall: false, x: x, offsets: offsets, weight: weight, y: y)
      }
    #else
      for o in stride(from: 0, to: height, by: 4) {
        convolutionTiles(
          run, isTall: false, x: x, offsets: offsets, weight: weight + o, y: y + o &* run.scratchStep)
      }
    #endif
  }

  @inline(__always)
  private static func storeResults(
    _ run: ConvolutionRun, _ sums: UnsafePointer<Element>, _ bias: Element,
    _ result: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<run.rows {
      let (x, y) = (sums + r &* run.pitch, result + r &* run.rowStep)
      var q = 0
      if run.columnStep == 1 {
        while q &+ 8 <= run.columns {
          storeEight(loadEight(x + q) + Eight(repeating: bias), to: y + q)
          q &+= 8
        }
      }
      while q < run.columns {
        y[q &* run.columnStep] = x[q] + bias
        q &+= 1
      }
    }
  }

  @inline(__always)
  private static func addResults(
    _ run: ConvolutionRun, _ sums: UnsafePointer<Element>, _ result: UnsafeMutablePointer<Element>
  ) {
    for r in 0..<run.rows {
      let (x, y) = (sums + r &* run.pitch, result + r &* run.rowStep)
      var q = 0
      if run.columnStep == 1 {
        while q &+ 8 <= run.columns {
          storeEight(loadEight(x + q) + loadEight(y + q), to: y + q)
          q &+= 8
        }
      }
      while q < run.columns {
        y[q &* run.columnStep] += x[q]
        q &+= 1
      }
    }
  }
}
