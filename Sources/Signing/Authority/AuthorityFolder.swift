package import Domain
package import Wire

/// A national root on disk, and what it does. One process at a time.
///
///     root.key   private key, mode 0600        root.pem   its certificate
///     root.crl   the newest revocation list: it is the register of what is revoked
///     issued/    every certificate issued, `<province>-<first 16 digits of the key id>.pem`
///     operators/ those of operators of the national node, `<name>-<first 16 digits of the key id>.pem`
package struct AuthorityFolder: Sendable {
    package let path: String
    package let authority: CertificateAuthority

    package var root: X509Certificate { authority.certificate }
    package var certificateFile: String { "\(path)/root.pem" }
    package var revocationListFile: String { "\(path)/root.crl" }
    private var issuedFolder: String { "\(path)/issued" }
    var operatorsFolder: String { "\(path)/operators" }
    private static func keyFile(_ path: String) -> String { "\(path)/root.key" }

    /// Opens a root that ``create(_:organization:commonName:now:lifetimes:)`` made.
    package init(_ path: String) throws {
        self.path = path
        authority = try CertificateAuthority(
            certificate: try X509Certificate(file: "\(path)/root.pem"),
            key: try SigningKey(file: AuthorityFolder.keyFile(path)))
    }

    private init(_ path: String, _ authority: CertificateAuthority) {
        self.path = path
        self.authority = authority
    }

    /// Makes a new root with an empty revocation list. Throws ``FileRefusal/exists(path:)`` if
    /// there is one already. Another root of the same network needs another `commonName`.
    package static func create(
        _ path: String, organization: String, commonName: String, now: Instant,
        lifetimes: Lifetimes = Lifetimes()
    ) throws -> AuthorityFolder {
        let key = try SigningKey.generate(.sm2WithSM3)
        let authority = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: organization, commonName: commonName),
            key: key, validity: lifetimes.validity(from: now, days: lifetimes.rootDays))
        let folder = AuthorityFolder(path, authority)
        try PublicFile.makeFolder(folder.issuedFolder)
        try key.write(to: keyFile(path))
        try PublicFile.replace(folder.certificateFile, authority.certificate.pem)
        _ = try folder.writeRevocationList(number: 1, [], now: now, lifetimes: lifetimes)
        return folder
    }

    // MARK: Issuing

    /// Makes a key and a certificate for `province` in `folder`, with its CURVE keys if given.
    /// Throws ``FileRefusal/exists(path:)`` rather than replace a key: to replace one, rotate. An
    /// identity key and a store key are made only if none is there: a store outlives certificates.
    package func issue(
        to province: ProvinceCode, suite: Suite = .sm2WithSM3, into folder: NodeFolder,
        curveKeys: CurveKeys? = nil, now: Instant, lifetimes: Lifetimes = Lifetimes()
    ) throws -> X509Certificate {
        try PublicFile.makeFolder(folder.path)
        try curveKeys?.write(
            secretFile: folder.curveSecretFile, publicFile: folder.curvePublicFile)
        if !PublicFile.exists(folder.identityKeyFile) {
            try IdentityKey.generate().write(to: folder.identityKeyFile)
        }
        if !PublicFile.exists(folder.storeKeyFile) {
            try StoreKey.generate().write(to: folder.storeKeyFile)
        }
        return try issue(
            to: province, suite: suite, folder, .signing, now: now, lifetimes: lifetimes)
    }

    /// Begins a rotation: a new key and certificate for the same province as the pair `next`. The
    /// old one stays valid; ``NodeFolder/activateNext()`` ends the rotation.
    package func rotate(
        _ province: ProvinceCode, suite: Suite = .sm2WithSM3, into folder: NodeFolder,
        now: Instant, lifetimes: Lifetimes = Lifetimes()
    ) throws -> X509Certificate {
        guard !PublicFile.exists(folder.keyFile(.next)) else {
            throw AuthorityRefusal.rotationPending(path: folder.keyFile(.next))
        }
        return try issue(
            to: province, suite: suite, folder, .next, now: now, lifetimes: lifetimes)
    }

    /// A certificate for a key that the province made itself, and never showed.
    package func issue(
        to province: ProvinceCode, request: CertificateRequest, now: Instant,
        lifetimes: Lifetimes = Lifetimes()
    ) throws -> X509Certificate {
        try issue(to: province, request.publicKey, now: now, lifetimes: lifetimes)
    }

    private func issue(
        to province: ProvinceCode, suite: Suite, _ folder: NodeFolder, _ slot: NodeFolder.Slot,
        now: Instant, lifetimes: Lifetimes
    ) throws -> X509Certificate {
        let key = try SigningKey.generate(suite)
        try key.write(to: folder.keyFile(slot))
        let certificate = try issue(to: province, key.publicKey, now: now, lifetimes: lifetimes)
        try PublicFile.replace(folder.certificateFile(slot), certificate.pem)
        return certificate
    }

    private func issue(
        to province: ProvinceCode, _ publicKey: PublicKey, now: Instant, lifetimes: Lifetimes
    ) throws -> X509Certificate {
        var validity = lifetimes.validity(from: now, days: lifetimes.provinceDays)
        guard validity.notAfter <= root.validity.notAfter else {
            throw AuthorityRefusal.outlivesRoot(root: root.validity.notAfter)
        }
        validity = Validity(
            from: max(validity.notBefore, root.validity.notBefore), to: validity.notAfter)
        let certificate = try authority.issue(
            CertificateTemplate(
                subject: CertificateSubject(
                    province: province, organization: root.organization ?? "Gongji",
                    commonName: "node \(province)"),
                publicKey: publicKey, validity: validity))
        let name = "\(province)-\(certificate.keyID.description.prefix(16)).pem"
        try PublicFile.replace("\(issuedFolder)/\(name)", certificate.pem)
        return certificate
    }

    /// Every certificate this root has issued, by file name: by province, then by key id.
    package func issued() throws -> [X509Certificate] {
        try PublicFile.names(in: issuedFolder)
            .filter { $0.hasSuffix(".pem") }
            .map { try X509Certificate(file: "\(issuedFolder)/\($0)") }
    }

    // MARK: Revoking

    package func revocationList() throws -> RevocationList {
        try RevocationList(file: revocationListFile)
    }

    /// Revokes the certificate from `revokedAt` on, and writes the next revocation list. After a
    /// theft, `revokedAt` is the last instant at which the key was certainly safe.
    package func revoke(
        _ keyID: Digest, reason: RevocationReason, revokedAt: Instant, now: Instant,
        lifetimes: Lifetimes = Lifetimes()
    ) throws -> RevocationList {
        let certificates = try issued() + operators()
        guard let certificate = certificates.first(where: { $0.keyID == keyID }) else {
            throw AuthorityRefusal.noSuchCertificate(keyID)
        }
        guard revokedAt <= now else { throw AuthorityRefusal.revocationInFuture(revokedAt) }
        let list = try revocationList()
        if let instant = list.revocation(of: certificate.serial) {
            throw AuthorityRefusal.alreadyRevoked(keyID, at: instant)
        }
        let entry = RevocationList.Entry(
            serial: certificate.serial, revokedAt: revokedAt, reason: reason)
        return try writeRevocationList(
            number: list.number + 1, list.entries + [entry], now: now, lifetimes: lifetimes)
    }

    /// The same entries again with a later `nextUpdate`.
    package func renewRevocationList(
        now: Instant, lifetimes: Lifetimes = Lifetimes()
    ) throws -> RevocationList {
        let list = try revocationList()
        return try writeRevocationList(
            number: list.number + 1, list.entries, now: now, lifetimes: lifetimes)
    }

    /// Entries are never dropped: old evidence is judged by them.
    private func writeRevocationList(
        number: UInt64, _ entries: [RevocationList.Entry], now: Instant, lifetimes: Lifetimes
    ) throws -> RevocationList {
        let list = try authority.revocationList(
            number: number, entries, thisUpdate: now,
            nextUpdate: now.advanced(
                byMilliseconds: Int64(lifetimes.revocationListDays) * 86_400_000))
        try PublicFile.replace(revocationListFile, list.pem)
        return list
    }
}
