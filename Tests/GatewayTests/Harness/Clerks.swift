import Domain
import Foundation
import Gateway
import Wire
import ZeroMQ

/// The client keys of one node over TCP. Of the agency each is a person's, who bears its name; one is
/// that of all institutions.
struct Clerks {
    static let institutions = "institutions"

    private let keys: [String: CurveKeyPair]
    private let names: [String]

    /// The first of `names` asks for whatever no test gives to another.
    init(_ names: [String]) throws {
        self.names = names
        keys = try Dictionary(
            uniqueKeysWithValues: (names + [Clerks.institutions]).map { ($0, try .generate()) })
    }

    /// Lets the service socket of `configuration` listen on TCP for them.
    func admit(to configuration: inout NodeConfiguration, cities: [RegionCode]) throws {
        configuration.service = "tcp://127.0.0.1:\(try freePort())"
        configuration.clients = keys.sorted { $0.key < $1.key }.map { name, pair in
            NodeConfiguration.Client(
                name: name, owner: name,
                role: name == Clerks.institutions ? .institution : .agency,
                curvePublicKey: pair.publicKey.hex,
                // And one that no register has, so that the register is what refuses it.
                institutions: name == Clerks.institutions
                    ? SampleRegister.codes(cities) + ["P37100099999"] : nil)
        }
    }

    /// Who asks for it, unless a test says otherwise.
    func usual(for request: Gongji_V1_ServiceRequest) -> String {
        switch request.body {
        case .settleReserve, .settleCommit, .settleCancel, .settleReverse: Clerks.institutions
        default: names[0]
        }
    }

    func desk(_ name: String, at endpoint: String, serverKey: Bytes) throws -> ServiceDesk {
        ServiceDesk(
            try ServiceClient(
                endpoint: endpoint,
                curve: ServiceClientKeys(serverKey: serverKey, keys: keys[name]!)))
    }
}
