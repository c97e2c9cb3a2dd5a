package import Foundation

/// The document that the status socket answers with (`protocol/status.schema.json`). Times are
/// RFC 3339 with offset, amounts do not occur, nothing in it is personal.
package struct StatusDocument: Codable, Sendable {
    package var format = 1
    package var province: String
    package var network: String
    package var time: String
    package var started: String
    /// `running` or `stopped`; stopped, it takes no commands, and `halt` says why.
    package var state: String
    package var halt: String?
    package var version: String
    package var directory: Directory
    package var rules: Rules
    package var peers: [Peer]
    package var alarms: [Alarm]
    package var messages: Messages
    package var refusals: Refusals
    package var transactions: Transactions
    package var inDoubt: InDoubt
    package var evidence: Evidence
    package var store: Store
    package var flush: Flush
    package var process: ProcessUse
    package var queues: Queues
    /// By gate: `peers`, `service`, `status`, `events`.
    package var connections: [String: Connections]

    package struct Directory: Codable, Sendable {
        package var version: UInt64
        package var issued: String
        package var certificateDaysLeft: Int
        package var revocationListsDue: String?
        package var lastReloadFailure: String?
    }

    package struct Rules: Codable, Sendable {
        /// Names of the rule sets that are in force on this day.
        package var inForce: [String]
        /// Entries of the register of institutions.
        package var institutions: Int
        /// Why the files on disk were not taken over, if they were not.
        package var lastFailure: String?
    }

    package struct Peer: Codable, Sendable {
        package var province: String
        package var endpoint: String
        package var connected: Bool
        package var lastHeard: String?
        package var sent: UInt64
        package var acknowledged: UInt64
        package var inFlightBatches: Int
        package var inFlightMessages: Int
        package var outbox: Int
        package var received: UInt64
        /// Why the link stands still; nil while it runs.
        package var standstill: Standstill?
        /// Why this node gets no connection to the peer; nil if it has one, or nobody answered.
        package var connectFailure: String?
    }

    /// A peer that asks about people as nobody does who has a person before them.
    package struct Alarm: Codable, Sendable {
        package var peer: String
        package var what: String
        package var count: Int
        package var since: String
    }

    package struct Messages: Codable, Sendable {
        package var `in`: [String: Int]
        package var out: [String: Int]
    }

    package struct Refusals: Codable, Sendable {
        package var batches: [String: Int]
        package var messages: [String: Int]
        package var clients: [String: Int]
        package var curve: Int
        /// Messages beyond ``Limits/refusedBytesPerHourMax``, of which the journal has digests only, by
        /// peer.
        package var keptAsDigests: [String: Int]
        /// Clients and peers of which most was refused, the most first.
        package var most: [Most]
        package var last: [Last]

        package struct Most: Codable, Sendable {
            /// `client` or `peer`.
            package var kind: String
            package var name: String
            package var reasons: [String: Int]
        }

        package struct Last: Codable, Sendable {
            package var time: String
            package var peer: String
            package var reason: String
            package var detail: String
        }
    }

    package struct Transactions: Codable, Sendable {
        package var coordinator: [String: Int]
        package var participant: [String: Int]
    }

    package struct InDoubt: Codable, Sendable {
        package var count: Int
        package var oldest: Oldest?

        package struct Oldest: Codable, Sendable {
            package var transaction: String
            package var since: String
            package var waitsFor: String
        }
    }

    /// Contradictions in what other provinces have signed.
    package struct Evidence: Codable, Sendable {
        package var count: Int64
        package var last: Last?

        package struct Last: Codable, Sendable {
            package var time: String
            package var accused: String
            package var reason: String
        }
    }

    package struct Store: Codable, Sendable {
        package var commits: UInt64
        package var fsyncs: UInt64
        package var freeBytes: Int64
        package var commitMilliseconds: Latency
    }

    package struct Latency: Codable, Sendable {
        package var p50: Double
        package var p99: Double
        package var max: Double
    }

    package struct Flush: Codable, Sendable {
        package var count: Int
        package var signatures: Int
        package var batchesSent: Int
        package var messagesSent: Int
        package var batchesReceived: Int
        package var messagesReceived: Int
        package var batchesResent: Int
    }

    package struct ProcessUse: Codable, Sendable {
        package var pid: Int32
        package var cpuSeconds: Double
        package var residentBytes: Int64
    }

    package struct Queues: Codable, Sendable {
        package var requests: Int
        package var inboundBatches: Int
        package var waiters: Int
    }

    package struct Connections: Codable, Sendable {
        /// Known, and not known yet.
        package var open: Int
        package var unauthenticated: Int
        package var accepted: UInt64
        /// By reason.
        package var refused: [String: Int]
        /// Addresses, keys and users that were refused or held back most, the most first.
        package var sources: [Source]

        package struct Source: Codable, Sendable {
            package var name: String
            package var connections: Int
            package var bytesLastMinute: Int
            /// How often it was not read for a while because it was over its octets.
            package var heldBack: Int
            package var refused: [String: Int]
        }
    }

    /// The octets of the document: one JSON object with snake_case keys.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
