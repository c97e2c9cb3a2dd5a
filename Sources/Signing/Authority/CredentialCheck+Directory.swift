import Domain

extension CredentialCheck {
    func checkDirectory(
        _ directoryFolder: String, _ root: X509Certificate, _ certificate: X509Certificate?,
        _ now: Instant, _ report: inout CheckReport
    ) {
        let file = "\(directoryFolder)/\(DirectoryDocument.fileName)"
        let directory: DirectoryDocument
        do {
            directory = try DirectoryDocument.load(
                folder: directoryFolder, roots: [root], network: network, current: nil, now: now)
        } catch {
            report.bad(.directory, file, "\(error)", "fetch both files of the directory again")
            return
        }
        guard let node = directory.node(province) else {
            report.bad(
                .directory, file, "it has no node \(province)",
                "ask the national centre to enter it")
            return
        }
        report.good(
            .directory, file, "version \(directory.version) of network \(directory.network)")
        if let certificate {
            checkStanding(certificate, node, directory, now, file, &report)
        }
        checkCurveKey(node, file, &report)
        checkDue(directory, file, now, &report)
    }

    private func checkStanding(
        _ certificate: X509Certificate, _ node: DirectoryNode, _ directory: DirectoryDocument,
        _ now: Instant, _ file: String, _ report: inout CheckReport
    ) {
        if !node.certificates.contains(certificate) {
            report.bad(
                .directory, file, "it does not hold this node's certificate \(certificate.keyID)",
                "fetch the newest directory, or ask the national centre to enter it")
        }
        let verdict = CertificateVerdict(
            certificate, of: province, roots: directory.roots,
            revocationLists: directory.revocationLists)
        if let revokedAt = verdict.revokedAt, revokedAt <= now {
            report.bad(
                .revocation, file, "this node's certificate is revoked since \(revokedAt)",
                "stop the node; have a new key and certificate issued")
        } else {
            report.good(.revocation, file, "this node's certificate is not revoked")
        }
        if !directory.suites.contains(certificate.publicKey.suite) {
            report.bad(
                .directory, file,
                "it does not allow suite \(certificate.publicKey.suite.name) of this node's key",
                "have a certificate of an allowed suite issued")
        }
    }

    private func checkCurveKey(
        _ node: DirectoryNode, _ file: String, _ report: inout CheckReport
    ) {
        guard let keys = try? folder.curveKeys() else { return }
        if keys.publicKey == node.curvePublicKey {
            report.good(.curveKey, file, "the directory has this node's CURVE public key")
        } else {
            report.bad(
                .curveKey, file, "the directory has another CURVE public key of \(province)",
                "put the right CURVE keys in place, or have the directory corrected")
        }
    }

    private func checkDue(
        _ directory: DirectoryDocument, _ file: String, _ now: Instant,
        _ report: inout CheckReport
    ) {
        guard let due = directory.revocationListsDue else { return }
        let days = Validity(from: now, to: due).daysLeft(at: now)
        if due < now {
            report.bad(
                .revocationList, file, "another list was due at \(due)",
                "fetch the newest directory; ask the national centre for a new list",
                daysLeft: days)
        } else {
            report.good(
                .revocationList, file, "the next list is due at \(due)", daysLeft: days)
        }
    }
}
