/// The loss at the centre w* that the losses of the draws are compared with.
public enum Baseline {
  /// L_B(w*) for the minibatch B of each draw, chains × draws like the losses. The noise of the
  /// batch is in both and cancels.
  case paired(UnsafePointer<Double>)
  /// One L(w*) for all draws.
  case shared(Double)

  subscript(index: Int) -> Double {
    switch self {
    case .paired(let losses): losses[index]
    case .shared(let loss): loss
    }
  }
}
