import ArgumentParser
import Domain
import Foundation
import Gateway
import Wire

/// `gongji link`: how the links with peers stand, and what an operator can do about one that stands still.
struct LinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Show links with peers, and set one going again that stands still.",
        discussion: """
            A link stands still when the two sides do not remember the same. Nothing is lost by it: \
            messages wait, and go out when it runs again.

            Example: gongji link list --node nodes/310000
            """,
        subcommands: [List.self, Show.self, Resume.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the links with all peers, and why those stand still that do.",
            discussion: "Example: gongji link list --node nodes/310000")

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try telling(json: output.json) {
                let peers = try peers(of: node)
                output.show(
                    LinkCommand.text(peers), "links", .array(peers.map(\.link)))
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show one link, with the numbers and digests of both sides if it stands still.",
            discussion: "Example: gongji link show --node nodes/310000 --peer 440000")

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The province at the other end.") var peer: ProvinceCode

        func run() throws {
            try telling(json: output.json) {
                guard
                    let link = try peers(of: node).first(where: {
                        $0.province == peer.description
                    })
                else { throw CommandFailure.failed("this node has no link with \(peer)") }
                output.show(link.text, "link", link.link)
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a link that stands still be judged anew from the peer's next header.",
            discussion: """
                Find out first why it stands, with the peer's operator: gongji link show. If the two \
                sides still differ, it stands still again at once and says so.

                Example: gongji link resume --node nodes/310000 --peer 440000
                """)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var request: RequestOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "The province at the other end.") var peer: ProvinceCode

        func run() throws {
            try telling(json: output.json) {
                var body = Gongji_V1_ResumeLink()
                body.peer = peer.number
                let (id, answer) = try Asking(service: service, output: output)
                    .change(.resumeLink(body), id: request.id)
                guard case .linkOrdered(let ordered) = answer else { throw unexpectedAnswer() }
                output.show(id: id, ordered.text, "link", ordered.json)
            }
        }
    }

    fileprivate static func text(_ peers: [StatusDocument.Peer]) -> String {
        var table = TextTable("peer", "link", "since", ">sent", ">acked", ">outbox", ">received")
        for peer in peers {
            table.add(
                peer.province,
                peer.standstill?.state ?? (peer.connected ? "runs" : "not connected"),
                peer.standstill?.since ?? "", String(peer.sent), String(peer.acknowledged),
                String(peer.outbox), String(peer.received))
        }
        let sentences = peers.compactMap { peer in
            peer.standstill.map { "\(peer.province): \($0.sentence)" }
        }
        return ([table.text()] + sentences).joined(separator: "\n")
    }
}

private func peers(of node: NodeOptions) throws -> [StatusDocument.Peer] {
    let folder = try node.folder()
    guard let status = try folder.status(try StatusClient(), timeoutMilliseconds: 5000) else {
        throw CommandFailure.notReached("no answer from \(folder.statusEndpoint)")
    }
    return status.peers
}

extension StatusDocument.Peer {
    fileprivate var text: String {
        var lines = [
            "link with \(province), \(endpoint): "
                + (standstill == nil ? connected ? "runs" : "not connected" : "STANDS STILL"),
            "sent \(sent), acknowledged \(acknowledged), in the outbox \(outbox), received \(received)",
        ]
        if let standstill {
            lines += [
                "\(standstill.state) (row \(standstill.row)) since \(standstill.since)",
                standstill.sentence,
                "what this node has \(standstill.direction):  \(standstill.ours?.text ?? "nothing")",
                "what the peer says of it:  \(standstill.theirs?.text ?? "nothing")",
            ]
        }
        return lines.joined(separator: "\n")
    }

    fileprivate var link: JSON {
        [
            "peer": .text(province), "connected": .bool(connected),
            "sent": .int(Int64(clamping: sent)),
            "acknowledged": .int(Int64(clamping: acknowledged)),
            "outbox": .int(Int64(outbox)), "received": .int(Int64(clamping: received)),
            "standstill": standstill?.json ?? .null,
        ]
    }
}

extension StatusDocument.Standstill {
    fileprivate var json: JSON {
        [
            "state": .text(state), "row": .int(Int64(row)), "direction": .text(direction),
            "since": .text(since), "ours": ours?.json ?? .null, "theirs": theirs?.json ?? .null,
            "sentence": .text(sentence),
        ]
    }
}

extension StatusDocument.Position {
    fileprivate var json: JSON {
        [
            "epoch": .text(epoch), "number": .int(Int64(clamping: number)),
            "digest": .optional(digest),
        ]
    }
}

extension Gongji_V1_LinkOrdered {
    fileprivate var text: String {
        divergence.isEmpty
            ? "the link with \(peer) ran; nothing was changed"
            : "the link with \(peer) stood still (\(divergence)); it is judged anew from the next header"
    }

    fileprivate var json: JSON {
        [
            "peer": .text("\(peer)"),
            "stood": .optional(divergence.isEmpty ? nil : divergence),
        ]
    }
}
