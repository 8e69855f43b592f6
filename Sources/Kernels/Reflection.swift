extension Kernels {
  public static func reflect(
    count: Int, halfWidth: Element, center: UnsafePointer<Element>,
    displacement: UnsafeMutablePointer<Element>, parameters: UnsafeMutablePointer<Element>,
    momentum: UnsafeMutablePointer<Element>?
  ) {
    if let momentum {
      for i in 0..<count {
        momentum[i] = displacement[i].magnitude > halfWidth ? -momentum[i] : momentum[i]
      }
    }
    for i in 0..<count {
      let u = displacement[i]
      let wall = u < 0 ? -halfWidth : halfWidth
      let mirrored = 2 * wall - u
      let inside = mirrored.magnitude > halfWidth ? -wall : mirrored
      let new = u.magnitude > halfWidth ? inside : u
      displacement[i] = new
      parameters[i] = center[i] + new
    }
  }
}
