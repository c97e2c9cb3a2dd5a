package import Domain
import Wire

/// Looks at what a node is about to run with, and says what is wrong before it starts.
package struct CredentialCheck: Sendable {
    package var province: ProvinceCode
    package var folder: NodeFolder
    package var rootFile: String
    /// The folder with `directory.json`; nil leaves out what only the directory tells.
    package var directoryFolder: String?
    package var network: String?
    /// Fewer days left than this is a failure.
    package var daysLeftMin = 30

    package init(
        province: ProvinceCode, folder: NodeFolder, rootFile: String, directoryFolder: String?,
        network: String? = nil
    ) {
        self.province = province
        self.folder = folder
        self.rootFile = rootFile
        self.directoryFolder = directoryFolder
        self.network = network
    }

    /// Never throws: what cannot be read is a finding.
    package func report(now: Instant) -> CheckReport {
        var report = CheckReport()
        let root = checkRoot(now, &report)
        let certificate = checkCertificate(&report)
        checkFiles(certificate, &report)
        if let certificate {
            if let root { checkChain(certificate, root, &report) }
            checkProfile(certificate, &report)
            checkDates(.dates, folder.certificateFile(), certificate.validity, now, &report)
        }
        if let root, let directoryFolder {
            checkDirectory(directoryFolder, root, certificate, now, &report)
        }
        return report
    }

    private func checkRoot(_ now: Instant, _ report: inout CheckReport) -> X509Certificate? {
        do {
            let root = try X509Certificate(file: rootFile)
            if let fault = root.faultAsRoot {
                report.bad(.root, rootFile, fault, "get root.pem from the national centre again")
                return nil
            }
            report.good(.root, rootFile, "a root, SM3 fingerprint \(root.keyID)")
            checkDates(.dates, rootFile, root.validity, now, &report)
            return root
        } catch {
            report.bad(
                .root, rootFile, "\(error)", "get root.pem from the national centre again")
            return nil
        }
    }

    private func checkCertificate(_ report: inout CheckReport) -> X509Certificate? {
        let file = folder.certificateFile()
        do {
            let certificate = try X509Certificate(file: file)
            report.good(.certificate, file, "key id \(certificate.keyID)")
            return certificate
        } catch {
            report.bad(
                .certificate, file, "\(error)", "have a certificate issued by the national centre")
            return nil
        }
    }

    private func checkFiles(_ certificate: X509Certificate?, _ report: inout CheckReport) {
        for file in [
            folder.keyFile(), folder.curveSecretFile, folder.identityKeyFile, folder.storeKeyFile,
        ] {
            do {
                try SecretFile.checkMode(file)
                report.good(.fileMode, file, "only its owner can read it")
            } catch {
                report.bad(.fileMode, file, "\(error)", "put the file there with mode 0600")
            }
        }
        do {
            let key = try SigningKey(file: folder.keyFile())
            if let certificate {
                _ = try CertifiedKey(key: key, certificate: certificate)
                report.good(.keyMatch, folder.keyFile(), "key and certificate belong together")
            }
        } catch {
            report.bad(
                .keyMatch, folder.keyFile(), "\(error)",
                "use the key and the certificate that were issued together")
        }
        do {
            _ = try folder.curveKeys()
            report.good(.curveKey, folder.curvePublicFile, "32 octets each")
        } catch {
            report.bad(
                .curveKey, folder.curvePublicFile, "\(error)", "make a new pair of CURVE keys")
        }
        do {
            _ = try folder.identityKey()
            report.good(.identityKey, folder.identityKeyFile, "32 octets")
        } catch {
            report.bad(
                .identityKey, folder.identityKeyFile, "\(error)",
                "put the key of this node's store there; make one only for a node without persons")
        }
        do {
            _ = try folder.storeKey()
            report.good(.storeKey, folder.storeKeyFile, "32 octets")
        } catch {
            report.bad(
                .storeKey, folder.storeKeyFile, "\(error)",
                "put the key of this node's store there; make one only for a node without a store")
        }
    }

    private func checkChain(
        _ certificate: X509Certificate, _ root: X509Certificate, _ report: inout CheckReport
    ) {
        let file = folder.certificateFile()
        switch certificate.issuer(among: [root]) {
        case .success:
            report.good(.chain, file, "issued by \(root.commonName ?? "the root")")
            report.good(.distinguishingID, file, "signed with the identity 1234567812345678")
        case .failure(.otherDistinguishingID):
            report.bad(
                .distinguishingID, file, ChainFault.otherDistinguishingID.description,
                "issue it again with distid 1234567812345678")
        case .failure(let fault):
            report.bad(
                .chain, file, fault.description,
                "use the root that issued it, or have another issued")
        }
    }

    private func checkProfile(_ certificate: X509Certificate, _ report: inout CheckReport) {
        let file = folder.certificateFile()
        if certificate.maySignBatches {
            report.good(
                .keyUsage, file,
                certificate.maySeal
                    ? "digitalSignature, dataEncipherment"
                    : "digitalSignature; identity numbers cannot be sealed to it")
        } else {
            report.bad(
                .keyUsage, file, "keyUsage is not digitalSignature, or it is an authority's",
                "have another certificate issued")
        }
        if certificate.province == province {
            report.good(.province, file, "issued to \(province)")
        } else {
            let found = certificate.province?.description ?? "no province"
            report.bad(
                .province, file, "issued to \(found), and this node is \(province)",
                "correct the configuration, or have a certificate of \(province) issued")
        }
    }

    private func checkDates(
        _ subject: CheckFinding.Subject, _ file: String, _ validity: Validity, _ now: Instant,
        _ report: inout CheckReport
    ) {
        let days = validity.daysLeft(at: now)
        if now < validity.notBefore {
            report.bad(
                subject, file, "not valid before \(validity.notBefore)",
                "check this machine's clock", daysLeft: days)
        } else if now > validity.notAfter {
            report.bad(
                subject, file, "expired at \(validity.notAfter)", "rotate to a new certificate",
                daysLeft: days)
        } else if days < daysLeftMin {
            report.bad(
                subject, file, "ends at \(validity.notAfter), in \(days) days",
                "begin a rotation now", daysLeft: days)
        } else {
            report.good(subject, file, "valid until \(validity.notAfter)", daysLeft: days)
        }
    }
}
