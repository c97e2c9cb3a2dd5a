import Domain
import SwiftProtobuf
import Wire

func takeMessage(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let settled = Wire.Message.settledTransaction(in: input)
    guard let message = try? Wire.Message(decoding: input, hashing: Scene.sm3) else {
        return false
    }
    try checkRoundTrip(message)
    switch message {
    case .reserve(let reserve): _ = reserve.plan.plan.isWellFormed
    case .decision(let decision):
        try demand(
            (settled != nil) == decision.outcome.settles, "settled by one reading, not by another")
    default: break
    }
    return true
}

func checkRoundTrip(_ message: Wire.Message) throws(BrokenPromise) {
    let encoded = message.encoded()
    // What the fields leave out of the octets received may be filled up with default values, so
    // only a message at the limit can grow above it.
    guard encoded.count <= Limits.messageBytesMax else { return }
    let same = try own("message") { try Wire.Message(decoding: encoded, hashing: Scene.sm3) }
    try demand(same == message, "another message after a round trip")
    try demand(same.encoded() == encoded, "other octets after a round trip")
}

extension Decision.Outcome {
    fileprivate var settles: Bool {
        switch self {
        case .committed, .reversed: true
        case .released: false
        }
    }
}

func takeRequest(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let id = RequestOutline(input).id
    guard let request = try? ServiceRequest(decoding: input, hashing: Scene.sm3) else {
        return false
    }
    try demand(request.id == id, "an id that cannot be read alone")
    let again = try own("request") {
        let octets: Bytes = try Gongji_V1_ServiceRequest(serializedBytes: input).serializedBytes()
        return octets.count > Limits.requestBytesMax
            ? request : try ServiceRequest(decoding: octets, hashing: Scene.sm3)
    }
    try demand(again.body == request.body, "another request after a round trip")
    return true
}

func takeReply(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let settled = ServiceReply.settledTransaction(in: input)
    guard let reply = try? Gongji_V1_ServiceReply(serializedBytes: input) else {
        try demand(settled == nil, "a settlement in what is no reply")
        return false
    }
    let octets: Bytes = try own("reply") { try reply.serializedBytes() }
    try demand(
        ServiceReply.settledTransaction(in: octets) == settled,
        "another settlement after a round trip")
    return true
}
