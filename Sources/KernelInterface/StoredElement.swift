/// What the elements of an array are, as they are stored; they may be read as something else.
public enum StoredElement: Int32, Sendable, CaseIterable {
  case float32 = 0
  case float64 = 1
  case float16 = 2
  case int8 = 3
  case int16 = 4
  case int32 = 5
  case int64 = 6
  case uint8 = 7
  case uint16 = 8
  case uint32 = 9
  case uint64 = 10

  /// Bytes from one to the next.
  public var stride: Int {
    switch self {
    case .int8, .uint8: 1
    case .float16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  public var isInteger: Bool {
    switch self {
    case .float16, .float32, .float64: false
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
    }
  }
}
