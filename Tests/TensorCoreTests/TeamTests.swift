import Glibc
import Synchronization
import TensorCore
import Testing

/// With a team whose other members have threads of their own, as long as `body` takes.
func withTeam<R>(of size: Int, _ body: (Team) throws -> R) rethrows -> R {
  let team = Team(size: size)
  let threads = (1..<max(1, size)).map { member in
    let start = Unmanaged.passRetained(Member(team, member))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let member = Unmanaged<Member>.fromOpaque(argument).takeRetainedValue()
        member.team.serve(as: member.number)
        return nil
      }, start.toOpaque())
    precondition(code == 0)
    return thread
  }
  defer {
    team.dismiss()
    for thread in threads { pthread_join(thread, nil) }
  }
  return try body(team)
}

private final class Member {
  let team: Team
  let number: Int
  init(_ team: Team, _ number: Int) { (self.team, self.number) = (team, number) }
}

/// Every member counts, in turns; nobody may begin a turn before all have ended the one before.
private final class Counting: TeamTask {
  let turns = 1000
  let counted = Atomic<Int>(0)
  let early = Atomic<Int>(0)
  func perform(member: Int, of team: Team) {
    for turn in 0..<turns {
      if counted.load(ordering: .sequentiallyConsistent) < turn * team.size {
        early.add(1, ordering: .relaxed)
      }
      counted.add(1, ordering: .sequentiallyConsistent)
      team.meet()
    }
  }
}

@Suite struct TeamTests {
  @Test(arguments: [1, 2, 3, 5]) func `all members do each piece of work, in step`(size: Int) {
    withTeam(of: size) { team in
      for piece in 1...3 {
        let task = Counting()
        team.perform(task)
        #expect(task.counted.load(ordering: .relaxed) == task.turns * size)
        #expect(task.early.load(ordering: .relaxed) == 0)
        // Long enough that the others sleep.
        if piece == 2 { usleep(20_000) }
      }
    }
  }

  @Test func `a team can be dismissed before its members have come`() {
    let team = Team(size: 2)
    team.dismiss()
    team.serve(as: 1)
  }

  @Test(arguments: [0, 1, 5, 255, 256, 257, 100_000]) func `shares are whole blocks, and together everything`(
    count: Int
  ) {
    for size in 1...5 {
      let team = Team(size: size)
      for block in [1, 256] {
        var end = 0
        for member in 0..<size {
          let share = team.share(of: count, member: member, block: block)
          #expect(share.lowerBound == end && (share.lowerBound % block == 0 || share.isEmpty))
          end = share.upperBound
        }
        #expect(end == count)
      }
    }
  }
}
