@_exported import KernelInterface
import KernelsDouble
import KernelsDoubleV3
import KernelsDoubleV4
import KernelsFloat
import KernelsFloatV3
import KernelsFloatV4

/// The kernels of the current instruction set, chosen once.
public let floatKernels: any KernelSet<Float>.Type = floatKernels(for: .current)
public let doubleKernels: any KernelSet<Double>.Type = doubleKernels(for: .current)

package func floatKernels(for set: InstructionSet) -> any (KernelSet<Float> & KernelInternals<Float>).Type {
  switch set {
  case .baseline: KernelsFloat.Kernels.self
  case .v3: KernelsFloatV3.Kernels.self
  case .v4: KernelsFloatV4.Kernels.self
  }
}

package func doubleKernels(for set: InstructionSet) -> any (KernelSet<Double> & KernelInternals<Double>).Type
{
  switch set {
  case .baseline: KernelsDouble.Kernels.self
  case .v3: KernelsDoubleV3.Kernels.self
  case .v4: KernelsDoubleV4.Kernels.self
  }
}
