import Domain
import Signing
import Wire

/// A root whose private key was thrown away when the seeds of the corpora had been issued.
enum Roots {
    static let ofSeeds = certificate(pem: seedRoot)
    /// Signs directories in this process.
    static let own: CertificateAuthority = {
        do {
            return try CertificateAuthority.root(
                CertificateSubject(
                    province: .national, organization: "Gongji fuzzing", commonName: "own root"),
                key: try .generate(.sm2WithSM3),
                validity: Validity(from: Scene.now.advanced(byMilliseconds: -86_400_000), days: 30))
        } catch {
            preconditionFailure("no root: \(error)")
        }
    }()
    static let all = [own.certificate, ofSeeds]

    private static func certificate(pem: String) -> X509Certificate {
        do {
            return try X509Certificate(pem: Bytes(pem.utf8))
        } catch {
            preconditionFailure("no certificate: \(error)")
        }
    }
}

/// DER or PEM of a certificate, or DER of a list of revoked ones.
func takeCertificate(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let certificate = (try? X509Certificate(der: input)) ?? (try? X509Certificate(pem: input))
    if let certificate {
        let same = try own("certificate") { try X509Certificate(pem: certificate.pem) }
        try demand(same == certificate, "another certificate after a round trip")
        _ = certificate.issuer(among: Roots.all)
        _ = certificate.faultAsRoot
        try demand(
            !(certificate.isAuthority && (certificate.maySignBatches || certificate.maySeal)),
            "an authority that signs or opens as a node does")
        try demand(!certificate.validity.notBefore.description.isEmpty, "a date without a text")
    }
    let list = try? RevocationList(der: input)
    if let list {
        for root in Roots.all { _ = list.fault(against: root) }
        for entry in list.entries {
            try demand(
                list.revocation(of: entry.serial).map { $0 <= entry.revokedAt } ?? false,
                "an entry that revokes nothing")
        }
    }
    return certificate != nil || list != nil
}

/// The octets of `directory.json`; the signature over them is made here, and is good.
func takeDirectory(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let signature = try own("signature") { try Roots.own.key.sign(input) }
    let document: DirectoryDocument
    do throws(DirectoryRefusal) {
        document = try DirectoryDocument(
            bytes: input, signature: signature, roots: Roots.all, network: nil, current: nil,
            now: Scene.now)
    } catch {
        try demand(error != .badSignature, "a good signature is bad")
        try demand(!error.description.isEmpty, "a refusal without words")
        return false
    }
    let draft = DirectoryDraft(
        network: document.network, version: document.version, issuedAt: document.issuedAt,
        suites: document.suites, nodes: document.nodes, revocationLists: document.revocationLists)
    let files = try own("directory") { try draft.signed(by: Roots.own) }
    let same = try own("directory") {
        try DirectoryDocument(
            bytes: files.directory, signature: files.signature, roots: Roots.all,
            network: document.network, current: nil, now: Scene.now)
    }
    try demand(
        same.nodes == document.nodes && same.issuedAt == document.issuedAt
            && same.suites == document.suites && same.version == document.version,
        "another directory after a round trip")
    _ = document.revocationListsDue
    for node in document.nodes {
        _ = try? document.sealingCertificate(of: node.province, at: Scene.now)
    }
    return true
}

/// A sealed box, which no key of this process opens, and an identity number as text.
func takeSealed(_ input: Bytes) throws(BrokenPromise) -> Bool {
    try demand(
        (try? opener.open(input, context: .zero)) == nil, "a box opened that nobody sealed")
    let text = String(decoding: input, as: UTF8.self)
    guard let number = try? IdentityNumber(text) else { return false }
    try demand(text.utf8.count == IdentityNumber.size, "an identity number of another length")
    try demand("\(number)".contains("hidden"), "an identity number that shows itself")
    return true
}

private let opener: IdentityOpener = {
    do {
        return try IdentityOpener(try .generate(.sm2WithSM3))
    } catch {
        preconditionFailure("no opener: \(error)")
    }
}()
