package import Domain
import Wire

/// What an operator can order of the link with a peer. Done with the round that answers.
package enum LinkOrder: Hashable, Sendable {
    /// A link that stands still is judged anew from the next header.
    case resume(ProvinceCode)

    package var peer: ProvinceCode {
        switch self {
        case .resume(let peer): peer
        }
    }
}

extension Engine {
    mutating func resumeLink(_ peer: ProvinceCode) -> CommandResult {
        guard peer != province, environment.provinces.contains(peer) else {
            return .refused(.unknownProvince)
        }
        effects.linkOrders.append(.resume(peer))
        return .done(.linkOrdered(peer, stood: standing[peer]?.rawValue))
    }
}
