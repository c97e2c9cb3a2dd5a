import Domain
import Foundation
import Gateway
import Testing
import ZeroMQ

/// The status socket and the stream of events (design §7).
@Suite(.serialized) struct StatusDocuments {
    @Test func theDocumentHasWhatItsSchemaDemands() throws {
        let network = try ProvinceNetwork(nodes: [
            ProvinceNetwork.shandong, ProvinceNetwork.shanghai,
        ])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let mother = try node.desk().person(fen: 1000)
        let desk = try network[ProvinceNetwork.shanghai].desk()
        try desk.done(.reserve(mother, of: node.province, fen: 10))
        _ = try desk.refusal(.reserve(mother, of: node.province, fen: 0))
        guard let schema = try StatusSchema() else { return }
        for node in network.nodes.values {
            let document = try JSONSerialization.jsonObject(
                with: try #require(try node.statusOctets()))
            #expect(schema.faults(of: document) == [])
        }
    }

    @Test func theSocketAnswersOnlyStatusAndGoesOn() throws {
        let network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let context = try Context()
        for question in [[Array("stop".utf8)], [[]], [Array("status".utf8), [1]]] as [[[UInt8]]] {
            let socket = try Socket(.request, in: context)
            defer { socket.close() }
            try socket.connect(node.endpoint(node.configuration.status))
            _ = try socket.send(question)
            #expect(try socket.wait(timeoutMilliseconds: 3000))
            guard case .message(let message)? = try socket.receive(dontWait: true) else { continue }
            #expect(message.frames == [Array(#"{"error":"ask for: status"}"#.utf8)])
        }
        #expect(try node.status().state == "running")
    }

    @Test func eventsTellWhatTheStatusTells() throws {
        let network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let events = try StatusClient().events(at: node.endpoint(node.configuration.events))
        defer { events.close() }
        var commits: [Int] = []
        for fen in 1...2 {
            #expect(try events.wait(timeoutMilliseconds: 4000))
            guard case .message(let message)? = try events.receive(dontWait: true) else { return }
            #expect(message.frames.first == Array("status".utf8))
            let document = try JSONSerialization.jsonObject(with: Data(message.frames.last ?? []))
            let object = try #require(document as? [String: Any])
            #expect(object["province"] as? String == "370000")
            let store = try #require(object["store"] as? [String: Any])
            commits.append(try #require(store["commits"] as? Int))
            _ = try node.desk().person(fen: Int64(fen))
        }
        #expect(commits[0] < commits[1])
    }

    /// No identity, key or amount of a person stands in the status or in the log.
    @Test func nothingPersonalIsTold() throws {
        let network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong])
        try network.start()
        let node = network[ProvinceNetwork.shandong]
        let desk = try node.desk()
        let wallet = try desk.person(fen: 37_654_321)
        _ = try desk.refusal(.withdraw(wallet, fen: 48_877_665))
        let told =
            node.log + String(decoding: try #require(try node.statusOctets()), as: UTF8.self)
        for secret in [wallet.description, "37654321", "48877665"] {
            #expect(!told.contains(secret))
        }
    }
}

/// As much of JSON Schema as `protocol/status.schema.json` uses for its keys: `type: object`,
/// `required`, `properties`, `additionalProperties`, `items`, `$ref` within the file.
private struct StatusSchema {
    private let root: [String: Any]

    /// Nil if the specification does not have it.
    init?() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../protocol/status.schema.json").standardizedFileURL
        guard let data = FileManager.default.contents(atPath: file.path) else { return nil }
        root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    func faults(of document: Any) -> [String] { faults(of: document, root, "status") }

    private func faults(of value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            var found: Any = root
            for step in reference.dropFirst(2).split(separator: "/") {
                found = (found as? [String: Any])?[String(step)] ?? [:]
            }
            return faults(of: value, found as? [String: Any] ?? [:], place)
        }
        if let values = value as? [Any], let items = schema["items"] as? [String: Any] {
            return values.enumerated().flatMap { faults(of: $1, items, "\(place)[\($0)]") }
        }
        guard let object = value as? [String: Any] else { return [] }
        var found: [String] = []
        for key in schema["required"] as? [String] ?? [] where object[key] == nil {
            found.append("\(place) lacks \(key)")
        }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for (key, inner) in object {
            if let property = properties[key] {
                found += faults(of: inner, property, "\(place).\(key)")
            } else if let others = schema["additionalProperties"] as? [String: Any] {
                found += faults(of: inner, others, "\(place).\(key)")
            } else if schema["additionalProperties"] as? Bool != true {
                found.append("\(place).\(key) is not in the schema")
            }
        }
        return found
    }
}
