import ArgumentParser
import Domain
import Foundation
import Gateway
import Signing
import Wire

/// Seals identity numbers to a province, with the certificate that the asked node shows.
struct Sealer {
    let service: ServiceOptions
    let output: OutputOptions
    let trust: SealingTrustOptions

    /// Of the number only the box leaves this process. `context` is the id of the request that it
    /// travels in.
    ///
    /// Throws ``CommandFailure`` if the certificate is not one of the province in this network.
    func seal(
        _ number: IdentityNumber, to province: ProvinceCode, context: Identifier
    ) throws -> Data {
        var body = Gongji_V1_ShowCertificate()
        body.province = province.number
        let answer = try Asking(service: service, output: output).query(.showCertificate(body))
        guard case .certificate(let der) = answer else { throw unexpectedAnswer() }
        let certificate = try X509Certificate(der: Bytes(der))
        try check(certificate, of: province)
        return Data(try IdentitySealing.seal(number, context: context, to: certificate))
    }

    /// With the node's folder at hand by its directory, which has dates and revocations too; else by
    /// a root that was given.
    private func check(_ certificate: X509Certificate, of province: ProvinceCode) throws {
        if let root = trust.root {
            try check(certificate, of: province, root: X509Certificate(file: absolutePath(root)))
        } else if service.service == nil {
            let directory = try service.node.folder().directory()
            let named = try directory.sealingCertificate(of: province, at: Clock.now())
            guard named.keyID == certificate.keyID else {
                throw CommandFailure.failed(
                    "the node shows another certificate of \(province) than its directory names; "
                        + "nothing was sent. If a new directory was just put in place, try again")
            }
        } else {
            throw CommandFailure.failed(
                "nothing was sent: to seal a number, the certificate of \(province) has to be "
                    + "checked. Give --root with the network's root.pem, or ask by --node DIR")
        }
    }

    private func check(
        _ certificate: X509Certificate, of province: ProvinceCode, root: X509Certificate
    ) throws {
        let now = Clock.now()
        let fault: String? =
            switch certificate.issuer(among: [root]) {
            case .failure(let fault): fault.description
            case .success:
                certificate.province != province
                    ? "it is of another province"
                    : now < certificate.validity.notBefore || certificate.validity.notAfter < now
                        ? "it does not hold now" : nil
            }
        if let fault {
            throw CommandFailure.failed(
                "the certificate that the node shows for \(province) is not to be sealed to: "
                    + "\(fault). Nothing was sent")
        }
    }
}

/// How to make sure that a certificate is of this network.
struct SealingTrustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network's root (PEM), to check the certificate with to which a number is sealed; "
                + "without it the node's own folder serves. With --service it has to be given.",
            valueName: "file"))
    var root: String?
}

extension LocalNode {
    /// The directory as it stands on the disk, verified. Throws what is wrong with it.
    func directory() throws -> DirectoryDocument {
        try DirectoryDocument.load(
            folder: parent(of: resolve(configuration.directory)),
            roots: [try X509Certificate(file: resolve(configuration.rootCertificate))],
            network: nil, current: nil, now: Clock.now())
    }

    func province() throws -> ProvinceCode {
        guard let province = ProvinceCode(configuration.province) else {
            throw CommandFailure.failed("\(configurationPath) has no province code of six digits")
        }
        return province
    }
}
