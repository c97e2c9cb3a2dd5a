package import Domain
import Foundation
import SwiftProtobuf

/// Which field of octets that were refused is not in form, and what is allowed there. Looked for only
/// after something was refused, by the names that `service.proto` and `wire.proto` give their fields.
package struct FieldFault: Hashable, Sendable {
    /// With its path: `bill.card_note.contact`.
    package let field: String
    package let allowed: String

    /// Of a request; nil if each of its fields is in form by itself.
    package static func inRequest(_ bytes: Bytes) -> FieldFault? {
        guard let proto = try? parse(bytes, as: Gongji_V1_ServiceRequest.self) else {
            return FieldFault(field: "request", allowed: "a ServiceRequest of service.proto")
        }
        guard Identifier(proto.id) != nil else {
            return FieldFault(field: "id", allowed: FieldForms.identifier)
        }
        guard proto.body != nil else {
            return FieldFault(field: "body", allowed: "one of those of service.proto")
        }
        return FieldForms.fault(in: proto)
    }

    /// Of a message of a peer.
    package static func inMessage(_ bytes: Bytes) -> FieldFault? {
        guard let proto = try? parse(bytes, as: Gongji_V1_Message.self) else {
            return FieldFault(field: "message", allowed: "a Message of wire.proto")
        }
        return FieldForms.fault(in: proto)
    }
}

/// A message of a peer that was refused, as far as it can be told what it was, for the log.
package struct MessageOutline: Hashable, Sendable {
    /// The word of its kind, as in ``Message/name``; `unknown` if it is of no kind.
    package let kind: String
    /// Of what it is about: a transaction, a relation or a withdrawal.
    package let about: Identifier?

    package init(_ bytes: Bytes) {
        guard let proto = try? parse(bytes, as: Gongji_V1_Message.self),
            let members = FieldForms.members(of: proto), let (kind, body) = members.first
        else {
            (kind, about) = ("unknown", nil)
            return
        }
        self.kind = kind
        let inside = body as? [String: Any] ?? [:]
        about =
            ["transaction", "relation", "withdrawal"].lazy
            .compactMap { (inside[$0] as? String).flatMap { Data(base64Encoded: $0) } }
            .compactMap { Identifier($0) }.first
    }
}

/// What each field may hold, by its name.
private enum FieldForms {
    static let identifier = "16 octets, in 32 hexadecimal digits on the command line"

    private static let identifiers: Set<String> = [
        "id", "wallet", "giver", "recipient", "user", "transaction", "relation", "withdrawal",
        "withdrawals", "patient", "credential", "after", "reversal", "request",
    ]
    private static let digests: Set<String> = [
        "reference", "kinship_proof", "agent_identity", "identity_record", "patient_identity",
        "proxy_identity", "holder_card", "patient_card", "contact", "resettlement_record", "digest",
        "commitment_digest", "plan_digest", "document",
    ]
    private static let provinces: Set<String> = [
        "province", "wallet_province", "recipient_province", "user_province", "care", "primary",
        "insured", "payer", "participant",
    ]
    private static let texts: [String: Int] = [
        "bank": 16, "account": 32, "reason": 200, "issuer": 200,
    ]
    private static let codes: Set<String> = ["institution"]

    /// What has to be there, by the body or the part that it is in.
    private static let required: [String: [String]] = [
        "open_account": ["wallet", "insurance"], "deposit": ["wallet"],
        "change_insurance": ["wallet", "insurance", "standing"],
        "record_violation": ["wallet", "reason"],
        "set_card_account": ["wallet", "bank", "account"],
        "confirm_card_account": ["wallet", "bank", "account"], "show_history": ["wallet"],
        "show_command": ["request"], "withdraw": ["wallet", "reason"],
        "document": ["digest", "user"], "review_withdrawal": ["withdrawal"],
        "export_payouts": ["withdrawals"], "return_payout": ["withdrawal"],
        "create_relation": ["giver", "channel"], "supply_proof": ["relation", "kinship_proof"],
        "consent": ["relation", "wallet"], "end_relation": ["relation", "channel"],
        "set_quota": ["relation"], "leave_family": ["wallet"],
        "settle_reserve": ["wallet", "institution", "mode"], "settle_commit": ["transaction"],
        "settle_cancel": ["transaction"], "settle_reverse": ["transaction"],
        "resolve_in_doubt": ["transaction"], "verification": ["method", "reference"],
        "show_wallet": ["wallet"], "show_relation": ["relation"],
        "show_transaction": ["transaction"], "show_withdrawal": ["withdrawal"],
        "show_family": ["wallet"], "show_certificate": ["province"],
        "list_withdrawals": ["state"], "list_usage": ["side"],
        "wallet_query": ["transaction", "wallet", "care_region"],
    ]

    static func members(of message: some SwiftProtobuf.Message) -> [String: Any]? {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        guard let json: Data = try? message.jsonUTF8Data(options: options) else { return nil }
        return (try? JSONSerialization.jsonObject(with: json)) as? [String: Any]
    }

    static func fault(in message: some SwiftProtobuf.Message) -> FieldFault? {
        members(of: message).flatMap { fault(in: $0, of: "", path: "") }
    }

    private static func fault(
        in members: [String: Any], of part: String, path: String
    ) -> FieldFault? {
        for name in (required[part] ?? []) where members[name] == nil {
            return FieldFault(field: path + name, allowed: allowed(name) ?? "a value")
        }
        for name in members.keys.sorted() {
            guard let value = members[name] else { continue }
            if let inside = value as? [String: Any] {
                // A body has no name of its own for whoever sent it.
                let isBody = part.isEmpty
                if let found = fault(
                    in: inside, of: name, path: isBody ? "" : "\(path)\(name).")
                {
                    return found
                }
            } else if !isInForm(name, value) {
                return FieldFault(field: path + name, allowed: allowed(name) ?? "a value")
            }
        }
        return nil
    }

    private static func isInForm(_ name: String, _ value: Any) -> Bool {
        if let list = value as? [Any] { return list.allSatisfy { isInForm(name, $0) } }
        let text = value as? String
        let number = (value as? NSNumber)?.int64Value
        if identifiers.contains(name) {
            return text.flatMap { Data(base64Encoded: $0) }?.count == Identifier.size
        }
        if digests.contains(name), let text {
            return Data(base64Encoded: text).flatMap { Digest($0) }?.isOfNothing == false
        }
        if provinces.contains(name), let number {
            return UInt32(exactly: number).flatMap { ProvinceCode($0) } != nil
        }
        if name == "region" || name.hasSuffix("_region"), let number {
            return UInt32(exactly: number).flatMap { RegionCode($0) } != nil
        }
        if let max = texts[name], let text {
            return text.utf8.count <= max && !CanonicalText.isBlank(text) && hasNoControls(text)
                && (name != "reason" || (try? remark(text)) != nil || isWord(text))
        }
        if codes.contains(name), let text { return InstitutionCode(text) != nil }
        if name.hasSuffix("_fen"), let number { return Fen(number) != nil }
        if name.hasSuffix("_ms"), let number {
            return (0...Limits.instantMillisecondsMax).contains(number)
        }
        if name == "priority", let number { return (0...255).contains(number) }
        if name.hasSuffix("_date"), let number { return number >= 0 && number < 2_932_897 }
        // A word that the enumeration does not have stands there as its number.
        return !(words.contains(name) && text == nil)
    }

    private static let words: Set<String> = [
        "insurance", "standing", "kinship", "user_kinship", "channel", "category", "mode", "method",
        "state", "side", "visit",
    ]

    /// Of the word of a `reason` that is one of an enumeration.
    private static func isWord(_ text: String) -> Bool { text.hasPrefix("WITHDRAWAL_REASON_") }

    private static func allowed(_ name: String) -> String? {
        if identifiers.contains(name) { return identifier }
        if digests.contains(name) { return "the 32 octets of a digest of something" }
        if provinces.contains(name) { return "a province of GB/T 2260, such as 370000" }
        if name == "region" || name.hasSuffix("_region") {
            return "a region of GB/T 2260, such as 371000"
        }
        if let max = texts[name] { return "one line of at most \(max) octets, not blank" }
        if codes.contains(name) { return "1 to 32 of A-Z, 0-9 and -" }
        if name.hasSuffix("_fen") { return "0 to \(Fen.limit.value) fen" }
        if name.hasSuffix("_ms") { return "0 to \(Limits.instantMillisecondsMax) ms" }
        if name == "priority" { return "0 to 255" }
        if name.hasSuffix("_date") { return "a day from 1970-01-01 on" }
        if words.contains(name) { return "a word of its enumeration" }
        return nil
    }
}
