import Glibc
import Sampling
import TensorCore
import Testing

/// A quadratic that ends its run at a given evaluation of the gradient.
private final class Interrupting: Quadratic<Float> {
  private let limit: Int
  private(set) var evaluations = 0

  init(after limit: Int) {
    self.limit = limit
    super.init(curvatures: [1, 2], shifts: (0..<10).map { Float($0) / 10 - 0.45 })
  }

  override func gradient(
    of rows: Rows, at parameters: UnsafePointer<Float>, losses: UnsafeMutablePointer<Double>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    super.gradient(of: rows, at: parameters, losses: losses, into: gradient)
    evaluations += 1
    if evaluations == limit { (interruption as? RunControl)?.cancel() }
  }
}

/// A folder that is there as long as the value.
private final class Folder {
  let path: String
  init() {
    var template = Array("\(P_tmpdir)/swiftllc-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }
  deinit {
    for chain in 0..<4 { unlink("\(path)/chain-\(chain)") }
    rmdir(path)
  }
  func keeping(tag: String = "this run") -> Keeping { Keeping(path: "\(path)/chain-", tag: tag) }
  func size(ofChain chain: Int) -> Int {
    var status = stat()
    return stat("\(path)/chain-\(chain)", &status) == 0 ? Int(status.st_size) : 0
  }
}

@Suite struct KeepingTests {
  private func run(
    _ rule: Rule, keeping: Keeping? = nil, withReplacement: Bool = false, mask: [UInt8]? = nil,
    stopRule: StopRule? = nil, seed: UInt64 = 5, potential: Interrupting = Interrupting(after: 0)
  ) throws -> Recorded {
    try record(
      try rule.make(dimension: mask == nil ? 2 : 1) as any Sampler<Float>, chains: 2, draws: 40, burnin: 3,
      between: 2, checks: 10, lrFactors: [0.5, 0.9, 1], seed: seed,
      batchSize: Rule.rejecting.contains(rule) ? 10 : 3, stopRule: stopRule, keeping: keeping,
      withReplacement: withReplacement, center: [0, 0], mask: mask
    ) { potential }
  }

  /// Runs that end after about so many evaluations each, until one gets to the end; and how many were needed. In the
  /// middle of a step nothing is kept: so the next piece has another length.
  private func inPieces(
    _ rule: Rule, of evaluations: Int, withReplacement: Bool = false, mask: [UInt8]? = nil,
    stopRule: StopRule? = nil
  ) throws -> (Recorded, pieces: Int) {
    let folder = Folder()
    for pieces in 1...1000 {
      let recorded = try run(
        rule, keeping: folder.keeping(), withReplacement: withReplacement, mask: mask, stopRule: stopRule,
        potential: Interrupting(after: evaluations + pieces % 7))
      if recorded.state == .finished { return (recorded, pieces) }
    }
    throw InvalidArgument("it came to no end")
  }

  @Test(arguments: Rule.allCases, [false, true])
  func `a run in pieces gives the same bits`(rule: Rule, withReplacement: Bool) throws {
    // A piece measures the centre, then makes some steps; one at least, with all evaluations of a trajectory.
    for evaluations in [29, 47] {
      let (recorded, pieces) = try inPieces(rule, of: evaluations, withReplacement: withReplacement)
      #expect(recorded == (try run(rule, withReplacement: withReplacement)))
      #expect(pieces > 3)
    }
  }

  @Test func `so does one of some parameters`() throws {
    let (recorded, pieces) = try inPieces(.underdamped, of: 40, mask: [0, 1])
    #expect(recorded == (try run(.underdamped, mask: [0, 1])))
    #expect(pieces > 3)
  }

  @Test func `so does one that ends early`() throws {
    let rule = StopRule(segments: 4) { $0 >= 20 }
    let (recorded, pieces) = try inPieces(.sgnht, of: 40, stopRule: rule)
    let whole = try run(.sgnht, stopRule: rule)
    #expect(recorded == whole && whole.drawsDone == [20, 20])
    #expect(pieces > 2)
  }

  @Test func `a run that has ended is not made again`() throws {
    let folder = Folder()
    let whole = try run(.hmc, keeping: folder.keeping())
    let potential = Interrupting(after: 0)
    #expect(try run(.hmc, keeping: folder.keeping(), potential: potential) == whole)
    // Those at the centre.
    #expect(potential.evaluations <= 16)
  }

  @Test func `the files of another run are refused`() throws {
    let folder = Folder()
    _ = try run(.sgld, keeping: folder.keeping())
    #expect(throws: InvalidArgument.self) { try run(.sgld, keeping: folder.keeping(tag: "another")) }
    #expect(throws: InvalidArgument.self) { try run(.sgld, keeping: folder.keeping(), seed: 6) }
    #expect(throws: InvalidArgument.self) { try run(.sgld, keeping: folder.keeping(), mask: [0, 1]) }
  }

  @Test func `a chain whose file is damaged begins anew`() throws {
    let folder = Folder()
    let whole = try run(.underdamped, keeping: folder.keeping())
    let file = try #require(fopen("\(folder.path)/chain-1", "r+b"))
    fseek(file, folder.size(ofChain: 1) - 100, SEEK_SET)
    fwrite([UInt8](repeating: 0xA5, count: 4), 1, 4, file)
    fclose(file)
    #expect(try run(.underdamped, keeping: folder.keeping()) == whole)

    truncate("\(folder.path)/chain-0", folder.size(ofChain: 0) - 9)
    #expect(try run(.underdamped, keeping: folder.keeping()) == whole)
  }

  @Test func `what cannot be written does not end the run`() throws {
    let nowhere = Keeping(path: "/nowhere/chain-", tag: "")
    #expect(try run(.sgld, keeping: nowhere) == run(.sgld))
  }
}
