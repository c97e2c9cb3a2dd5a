package import Domain
package import Wire

/// Everything that one store can be asked about itself: `gongji store check`.
package struct StoreCheck {
    /// Whose signatures its journals must have.
    package struct Signers {
        let network: String
        let verifier: any SignatureVerifying
        package init(network: String, verifier: any SignatureVerifying) {
            self.network = network
            self.verifier = verifier
        }
    }

    let province: ProvinceCode
    let sm3: any Hashing
    let signers: Signers
    let progress: (_ what: String, _ count: Int) -> Void

    package init(
        of province: ProvinceCode, sm3: any Hashing, signers: Signers,
        progress: @escaping (_ what: String, _ count: Int) -> Void = { _, _ in }
    ) {
        self.province = province
        self.sm3 = sm3
        self.signers = signers
        self.progress = progress
    }

    /// What is found, in the order in which it is told.
    private final class Findings {
        var report = StoreCheckReport()
        /// Rows are read again to look at the books: what is wrong with them was told.
        var isLookingAtRows = true
    }

    /// A page that cannot be read ends it, with what was found until then.
    package func run(_ store: any ExaminableStore) throws -> StoreCheckReport {
        let findings = Findings()
        do {
            try run(store, findings)
        } catch StoreFailure.corrupt(let what) {
            findings.report.add(.rows, what)
        }
        return findings.report
    }

    private func run(_ store: any ExaminableStore, _ findings: Findings) throws {
        try store.examine { words in
            if findings.isLookingAtRows { findings.report.add(.rows, words) }
        } _: { reading in
            findings.report.examined = try reading.examineRows(progress)
            findings.isLookingAtRows = false
            progress("balances", 0)
            findings.report.accounts = try BalanceCheck(store: reading).run {
                findings.report.add(.balances, $0)
            }
            progress("causes", 0)
            try CauseCheck(store: reading, province: province, sm3: sm3).run {
                findings.report.add(.causes, $0)
            }
            for direction in JournalDirection.allCases {
                let result = try JournalVerification.run(
                    reading, direction, at: province, network: signers.network,
                    verifier: signers.verifier, sm3: sm3
                ) { entry, _ in
                    if entry.number.isMultiple(of: 64) {
                        progress("batches \(direction.word)", Int(clamping: entry.number))
                    }
                }
                for fault in result.faults {
                    findings.report.add(.journal, "\(direction.word), \(fault)")
                }
            }
        }
    }
}
