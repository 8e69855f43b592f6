/// The leaf loops of the library, one implementation per precision and instruction set.
///
/// Every kernel takes counts and raw pointers that its caller has checked: it never allocates, never
/// fails, and never reads or writes outside what its parameters state. Matrices are row-major and
/// contiguous; the losses want at least one column. Unless stated, inputs and outputs do not overlap.
/// A backward kernel ADDS to its result.
/// Sums and losses are accumulated in Double whatever `Element` is.
public protocol KernelSet<Element>: Sendable, ActivationKernels, AttentionKernels, ConversionKernels,
  ImageKernels, LossKernels, MatrixKernels, PlaneConvolutionKernels, ReductionKernels, RowKernels,
  StridedKernels, UpdateKernels
{}
