import ArgumentParser
import Domain
import Foundation
import Wire

/// How it was made sure that a person is who they say (rules Z5, Z9, G11).
struct VerificationOptions: ParsableArguments {
    @Option(help: "How the person was verified, where the rule set asks for it.")
    var verified: Word<VerificationMethod>?
    @Option(
        help: ArgumentHelp(
            "Under which the proof can be looked up; its SM3 digest is kept.", valueName: "text"))
    var verificationReference: String?
    @Option(
        help: ArgumentHelp(
            "When, RFC 3339; the time in the request's id if left out.", valueName: "time"),
        transform: instantArgument)
    var verifiedAt: Instant?

    func validate() throws {
        guard (verified == nil) == (verificationReference == nil) else {
            throw ValidationError("--verified and --verification-reference go together.")
        }
        guard verifiedAt == nil || verified != nil else {
            throw ValidationError("--verified-at goes with --verified.")
        }
        guard verificationReference.map({ CanonicalText.number($0).isEmpty }) != true else {
            throw ValidationError(
                "--verification-reference says nothing: it is what the proof is found by.")
        }
    }

    /// Nil if nothing was given. The time is that of the request's id, as a repetition has to have
    /// the same content.
    func proof(in request: Identifier) throws -> Gongji_V1_Verification? {
        guard let verified, let verificationReference else { return nil }
        guard let at = verifiedAt ?? request.plausibleInstant else {
            throw CommandFailure.failed("the given --id has no time in it: give --verified-at")
        }
        var proof = Gongji_V1_Verification()
        proof.method =
            Gongji_V1_VerificationMethod(rawValue: Int(verified.value.rawValue)) ?? .unspecified
        proof.atMs = at.milliseconds
        proof.reference = numberDigest(verificationReference).data
        return proof
    }
}

/// Someone who acts for the person (代办人, rule W10).
struct AgentOptions: ParsableArguments {
    @Flag(help: "An agent acts for the person, whose identity was not recorded.")
    var agent = false
    @Option(
        help: ArgumentHelp(
            "An agent acts, whose identity number stands in this file (-: standard input); its SM3 "
                + "digest is kept.", valueName: "file"))
    var agentIdentity: HiddenInput?

    var byAgent: Bool { agent || agentIdentity != nil }

    /// Empty without an identity.
    func identity() throws -> Data {
        try agentIdentity?.digest(of: "--agent-identity").data ?? Data()
    }
}

/// The signed letter of commitment (承诺书, rules N6, W9): only its digest is sent.
struct CommitmentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The signed letter; its SM3 digest is kept.", valueName: "file"))
    var commitment: String?
    @Option(
        help: ArgumentHelp("The letter's SM3 digest instead, 64 hex digits.", valueName: "hex"))
    var commitmentDigest: String?

    func validate() throws {
        if commitment != nil && commitmentDigest != nil {
            throw ValidationError("Give --commitment or --commitment-digest, not both.")
        }
        if let commitmentDigest, Bytes(hex: commitmentDigest)?.count != Digest.size {
            throw ValidationError("--commitment-digest is 64 hexadecimal digits.")
        }
    }

    /// Nil without a letter: the node then refuses with the status for that, if a rule asks for one.
    func digest() throws -> Digest? {
        if let commitmentDigest { return Bytes(hex: commitmentDigest).flatMap { Digest($0) } }
        return try commitment.map { try EvidenceFile.digest($0, "--commitment") }
    }
}

extension Identifier {
    /// The time in it; nil if that is none of this system's life, as in an id that was made otherwise.
    var plausibleInstant: Instant? {
        let year = BusinessDate(at: instant).civil.year
        return (2020...2200).contains(year) ? instant : nil
    }
}
