import Domain
import SwiftProtobuf
import Wire

enum ReplyDecoding {
    static func reply(_ bytes: Bytes) throws -> Gongji_V1_ServiceReply {
        try Gongji_V1_ServiceReply(serializedBytes: bytes, extensions: nil)
    }
}
