import Domain
import RuleSets
import Simulation
import Testing
import Wire

/// What simulated people do: all of life, and the same again from the same seed.
@Suite struct WorkloadTests {
    private struct Life {
        let desk: WorkloadDesk
        let workload: Workload

        init(
            seed: UInt64, provinces: Int = 4, faults: Set<FaultKind> = [], perMinute: Int = 50
        ) {
            let scenario = Scenario(
                seed: seed, provinces: provinces, faults: faults, settlementsPerMinute: perMinute)
            desk = WorkloadDesk(scenario)
            workload = Workload(scenario, provinces: Country.provinces(provinces), desk: desk)
            workload.begin()
        }

        func live(minutes: Int64) { desk.run(workload, minutes: minutes) }

        func heal() {
            workload.heal()
            desk.run(workload, minutes: 60, untilDone: true)
        }
    }

    @Test(arguments: Country.rules.sets.map(\.name))
    func theRulesOfTheCountryAreWithoutFault(_ name: String) {
        let faults = Country.rules.sets.filter { $0.name == name }.flatMap(\.faults)
        #expect(faults.isEmpty)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func everyKindOfCommandIsDone(_ seed: UInt64) {
        let life = Life(seed: seed)
        life.live(minutes: 20)
        let done = life.workload.statistics.done
        for kind in CommandKind.allCases {
            #expect(done[kind, default: 0] > 0, "\(kind.rawValue) was never done")
        }
    }

    @Test func mostSettlementsSucceedAndSomeHaveManyPayers() {
        let life = Life(seed: 4, provinces: 6, perMinute: 25)
        life.live(minutes: 20)
        let figures = life.workload.statistics
        let refused = figures.refused.filter { $0.key.kind == .settleReserve }.values.reduce(0, +)
        #expect(figures.settled > 3 * refused)
        #expect(figures.reversed > 0 && figures.released > 0)
        for payers in 1...3 {
            #expect(figures.settledByParticipants[payers, default: 0] > 0, "\(payers) payers")
        }
    }

    @Test(arguments: [[], [.clients]] as [Set<FaultKind>])
    func everythingIsAnsweredInTheEnd(_ faults: Set<FaultKind>) {
        let life = Life(seed: 5, faults: faults)
        var chance = Chance(seed: 5, for: "loss")
        life.desk.loses = { chance.happens(perMillion: 200_000) }
        life.live(minutes: 8)
        life.heal()
        #expect(life.workload.isDone(), "\(life.workload.open())")
        #expect(life.workload.open().isEmpty)
        #expect(life.workload.statistics.repetitions > 0)
        #expect(life.workload.statistics.settled > 0)
    }

    @Test func theSameSeedAsksTheSameAndAnotherSomethingElse() {
        func asked(_ seed: UInt64) -> UInt64 {
            let life = Life(seed: seed, faults: [.clients])
            life.live(minutes: 5)
            life.heal()
            return life.desk.asked
        }
        let first = asked(7)
        #expect(asked(7) == first)
        #expect(asked(8) != first)
    }

    @Test func clientsThatMisbehaveAreRefused() {
        let life = Life(seed: 9, faults: [.clients])
        life.live(minutes: 20)
        let statuses = Set(life.workload.statistics.refused.keys.map(\.status))
        for status in [.idReused, .transactionUnknown, .finalAboveReserved, .alreadyReversed]
            as [Status]
        {
            #expect(statuses.contains(status), "\(status.word)")
        }
    }
}
