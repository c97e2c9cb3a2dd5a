package import Domain
import Wire

extension AuthorityFolder {
    /// 1 to 40 of `a-z`, `0-9` and `-`: it stands in a file name and in the common name.
    package static func isOperatorName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { octet in
                (0x61...0x7a).contains(octet) || (0x30...0x39).contains(octet) || octet == 0x2d
            }
    }

    /// Makes key and certificate of one who may, with another, sign for the national node. `folder` is the
    /// operator's own; it gets `signing.key` and `signing.pem`.
    package func issueOperator(
        _ name: String, into folder: NodeFolder, now: Instant, lifetimes: Lifetimes = Lifetimes()
    ) throws -> X509Certificate {
        precondition(AuthorityFolder.isOperatorName(name), "an operator's name")
        try PublicFile.makeFolder(folder.path)
        let key = try SigningKey.generate(.sm2WithSM3)
        try key.write(to: folder.keyFile())
        let validity = lifetimes.validity(from: now, days: lifetimes.provinceDays)
        guard validity.notAfter <= root.validity.notAfter else {
            throw AuthorityRefusal.outlivesRoot(root: root.validity.notAfter)
        }
        var template = CertificateTemplate(
            subject: CertificateSubject(
                province: .national, organization: root.organization ?? "Gongji",
                commonName: "operator \(name)"),
            publicKey: key.publicKey,
            validity: Validity(
                from: max(validity.notBefore, root.validity.notBefore), to: validity.notAfter))
        template.usage = .digitalSignature
        let certificate = try authority.issue(template)
        try PublicFile.replace(folder.certificateFile(), certificate.pem)
        try PublicFile.makeFolder(operatorsFolder)
        try PublicFile.replace(
            "\(operatorsFolder)/\(name)-\(certificate.keyID.description.prefix(16)).pem",
            certificate.pem)
        return certificate
    }

    /// Every operator's certificate that this root has issued.
    package func operators() throws -> [X509Certificate] {
        guard PublicFile.exists(operatorsFolder) else { return [] }
        return try PublicFile.names(in: operatorsFolder)
            .filter { $0.hasSuffix(".pem") }
            .map { try X509Certificate(file: "\(operatorsFolder)/\($0)") }
    }
}
