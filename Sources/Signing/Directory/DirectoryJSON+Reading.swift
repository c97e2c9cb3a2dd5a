import Domain
import Foundation
import Wire

extension DirectoryJSON {
    /// Reads octets whose signature has been verified.
    init(reading bytes: Bytes) throws(DirectoryRefusal) {
        do {
            self = try JSONDecoder().decode(DirectoryJSON.self, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw .malformed("\(key.stringValue) is missing")
        } catch DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context)
        {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .malformed("\(path) has the wrong type")
        } catch {
            throw .malformed("it is not JSON")
        }
        guard !network.isEmpty, network.utf8.count <= 64 else {
            throw .malformed("network is not a text of 1 to 64 octets")
        }
        guard version > 0 else { throw .malformed("version is not above zero") }
        guard nodes.count <= SigningLimits.nodesMax else {
            throw .malformed("more than \(SigningLimits.nodesMax) nodes")
        }
    }

    func issuedAtInstant() throws(DirectoryRefusal) -> Instant {
        guard let instant = Instant(rfc3339: issuedAt) else {
            throw .malformed("issued_at is not a time of RFC 3339")
        }
        guard instant.milliseconds >= 0 else { throw .malformed("issued_at is before 1970") }
        return instant
    }

    func suiteSet() throws(DirectoryRefusal) -> Set<Suite> {
        var set: Set<Suite> = []
        for name in suites {
            guard let suite = Suite(name: name) else { throw .unknownSuite(name) }
            set.insert(suite)
        }
        guard !set.isEmpty else { throw .malformed("no suite is allowed") }
        return set
    }

    /// One list a root, made by it, and not from the future.
    func verifiedRevocationLists(
        roots: [X509Certificate], now: Instant
    ) throws(DirectoryRefusal) -> [RevocationList] {
        var lists: [RevocationList] = []
        for (index, text) in revocationLists.enumerated() {
            let list: RevocationList
            do {
                list = try RevocationList(der: try octets(text))
            } catch {
                throw .badRevocationList(index: index, reason: String(describing: error))
            }
            if let fault = fault(of: list, among: roots) {
                throw .badRevocationList(index: index, reason: fault.description)
            }
            let latest = now.advanced(byMilliseconds: SigningLimits.clockSkewMillisecondsMax)
            guard list.thisUpdate <= latest else {
                throw .badRevocationList(
                    index: index, reason: "made in the future, at \(list.thisUpdate)")
            }
            guard !lists.contains(where: { $0.issuer == list.issuer }) else {
                throw .badRevocationList(index: index, reason: "a second list of the same root")
            }
            lists.append(list)
        }
        return lists
    }

    private func fault(of list: RevocationList, among roots: [X509Certificate]) -> ChainFault? {
        var fault = ChainFault.otherIssuer
        for root in roots {
            guard let found = list.fault(against: root) else { return nil }
            if found != .otherIssuer { fault = found }
        }
        return fault
    }

    /// Provinces, CURVE keys and certificates each stand for one node only.
    func verifiedNodes(roots: [X509Certificate]) throws(DirectoryRefusal) -> [DirectoryNode] {
        guard !nodes.isEmpty else { throw .malformed("it has no nodes") }
        var provinces: Set<ProvinceCode> = []
        var curveKeys: Set<Bytes> = []
        var keyIDs: Set<Digest> = []
        var verified: [DirectoryNode] = []
        for node in nodes {
            let name = String(node.province.prefix(16))
            guard let province = ProvinceCode(node.province) else {
                throw .badNode(name: name, reason: "not a province code of GB/T 2260")
            }
            guard provinces.insert(province).inserted else {
                throw .badNode(name: name, reason: "it stands in the directory twice")
            }
            guard DirectoryNode.isEndpoint(node.endpoint) else {
                throw .badNode(name: name, reason: "endpoint is not tcp://host:port")
            }
            guard let curveKey = Bytes(hex: node.curvePublicKey),
                curveKey.count == DirectoryNode.curveKeyBytes
            else {
                throw .badNode(
                    name: name, reason: "curve_public_key is not 64 hexadecimal digits")
            }
            guard curveKeys.insert(curveKey).inserted else {
                throw .badNode(name: name, reason: "another node has the same curve_public_key")
            }
            let certificates = try verifiedCertificates(node, province, roots)
            for (index, certificate) in certificates.enumerated() {
                guard keyIDs.insert(certificate.keyID).inserted else {
                    throw .badCertificate(
                        province: province, index: index, reason: "it stands there twice")
                }
            }
            verified.append(
                DirectoryNode(
                    province: province, endpoint: node.endpoint, curvePublicKey: curveKey,
                    certificates: certificates))
        }
        return verified.sorted { $0.province < $1.province }
    }

    /// None of them is a node's as well: what signs batches signs nothing for the nation.
    func verifiedOperators(
        roots: [X509Certificate], beside nodes: [DirectoryNode]
    ) throws(DirectoryRefusal) -> [X509Certificate] {
        let texts = operators ?? []
        guard texts.count <= SigningLimits.operatorsMax else {
            throw .malformed("more than \(SigningLimits.operatorsMax) operators")
        }
        let verified = try verifiedCertificates(texts, .national, roots)
        var keys: Set<Bytes> = Set(
            nodes.flatMap { $0.certificates.map(\.publicKey.der) })
        for (index, certificate) in verified.enumerated() {
            guard keys.insert(certificate.publicKey.der).inserted else {
                throw .badCertificate(
                    province: .national, index: index,
                    reason: "its key is that of a node or of another operator")
            }
        }
        return verified
    }

    private func verifiedCertificates(
        _ node: Node, _ province: ProvinceCode, _ roots: [X509Certificate]
    ) throws(DirectoryRefusal) -> [X509Certificate] {
        guard (1...SigningLimits.certificatesPerNodeMax).contains(node.certificates.count) else {
            throw .badNode(
                name: node.province,
                reason: "it has not between 1 and \(SigningLimits.certificatesPerNodeMax) "
                    + "certificates")
        }
        return try verifiedCertificates(node.certificates, province, roots)
    }

    private func verifiedCertificates(
        _ texts: [String], _ province: ProvinceCode, _ roots: [X509Certificate]
    ) throws(DirectoryRefusal) -> [X509Certificate] {
        var certificates: [X509Certificate] = []
        for (index, text) in texts.enumerated() {
            func refused(_ reason: String) -> DirectoryRefusal {
                .badCertificate(province: province, index: index, reason: reason)
            }
            let certificate: X509Certificate
            do {
                certificate = try X509Certificate(der: try octets(text))
            } catch {
                throw refused(String(describing: error))
            }
            if case .failure(let fault) = certificate.issuer(among: roots) {
                throw refused(fault.description)
            }
            guard certificate.province == province else {
                throw refused("it was issued to \(certificate.province?.description ?? "nobody")")
            }
            guard certificate.maySignBatches else {
                throw refused("its keyUsage is not digitalSignature, or it is an authority's")
            }
            certificates.append(certificate)
        }
        return certificates
    }

    private func octets(_ base64: String) throws(CertificateRefusal) -> Bytes {
        guard let data = Data(base64Encoded: base64) else { throw .malformed }
        return Bytes(data)
    }
}
