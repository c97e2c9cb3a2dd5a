import Domain
import Foundation
import Signing
import SwiftProtobuf
import Testing
import Wire

/// A request's id and kind are told from the outside of its octets.
@Suite struct RequestOutlines {
    private let id = Identifier(Bytes(repeating: 7, count: Identifier.size))!

    /// One body of every kind, empty inside.
    private func octets(_ numbers: [Int], id: Bytes? = nil) -> Bytes {
        let id = id ?? self.id.bytes
        return [0x0a, UInt8(id.count)] + id
            + numbers.flatMap { number -> Bytes in
                let tag = number << 3 | 2
                return [UInt8(tag & 0x7f | 0x80), UInt8(tag >> 7), 0]
            }
    }

    @Test(arguments: RequestKind.allCases) func everyKindIsTold(_ kind: RequestKind) throws {
        let outline = RequestOutline(octets([kind.rawValue]))
        #expect(outline.id == id)
        #expect(outline.kind == kind)
        // The generated code knows the same number.
        let proto = try Gongji_V1_ServiceRequest(serializedBytes: octets([kind.rawValue]))
        #expect(proto.body != nil)
    }

    @Test func everyBodyOfTheProtocolHasAKind() throws {
        for number in 1...200 where RequestKind(rawValue: number) == nil && number != 1 {
            let proto = try Gongji_V1_ServiceRequest(serializedBytes: octets([number]))
            #expect(proto.body == nil, "field \(number)")
        }
    }

    @Test func theBodyIsNotLookedAt() {
        // The form of a deposit with a wallet of one octet, cut in the middle of a field.
        let cut = octets([]) + [0x5a, 3, 0x0a, 9, 1]
        #expect(RequestOutline(cut) == RequestOutline(octets([11])))
        #expect(RequestOutline(cut).kind == .deposit)
    }

    @Test func twoBodiesAreNone() {
        // The last one would win in Protocol Buffers: asked for as one kind, done as another.
        #expect(RequestOutline(octets([42, 11])).kind == nil)
        #expect(RequestOutline(octets([42, 42])).kind == nil)
        #expect(RequestOutline(octets([42, 11])).id == id)
        #expect(throws: DecodingRefusal.unknownBody) {
            _ = try ServiceRequest(decoding: octets([42, 11]), hashing: SM3Hashing())
        }
    }

    @Test func whatIsNoRequestHasNeither() {
        let good = octets([42])
        for octets in [
            [], [0x0a], good.dropLast() + [5], good + [0x08, 1], good + [0xff], good + good,
            octets([42], id: [1, 2, 3]), Bytes(repeating: 0xff, count: 40),
            // A length of 2^64 - 1.
            [0x0a] + Bytes(repeating: 0xff, count: 9) + [1],
        ] as [Bytes] {
            #expect(RequestOutline(octets).kind == nil)
            #expect(RequestOutline(octets).id == nil)
        }
    }
}
