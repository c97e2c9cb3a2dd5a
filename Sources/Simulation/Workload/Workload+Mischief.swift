import Domain
import Foundation
import SwiftProtobuf
import Wire

/// What clients should not do, and nodes must bear.
extension Workload {
    /// Clients that share an id with an honest one come over connections of their own.
    private static let strangers: UInt64 = 1_000

    /// Whether a request that is about to go out is meddled with so that it does not go out as it is
    /// meant to: then nothing else is done about it.
    func meddles(
        with errand: Errand, _ id: Identifier, _ body: Gongji_V1_ServiceRequest.OneOf_Body
    ) -> Bool {
        switch mischief.index(below: 1_000) {
        case 0..<40:
            // The same over another connection, at about the same time.
            let connection = UInt64(10 + mischief.index(below: 4))
            expect(id, over: connection)
            after(
                mischief.wait(0, 3_000), .send(errand.octets, errand.province, connection))
        case 40..<60:
            let octets = Workload.octets(changed(body), id)
            if mischief.happens(percent: 30) {
                // It may come first.
                desk.ask(octets, at: errand.province, connection: Workload.strangers)
            } else {
                after(
                    mischief.wait(0, 5_000), .send(octets, errand.province, Workload.strangers))
            }
        case 60..<70: return vanishes(errand, id)
        case 70..<74:
            // Cut off on the way; the whole follows when it is asked again.
            desk.ask(
                Bytes(errand.octets.dropLast(mischief.index(below: errand.octets.count) + 1)),
                at: errand.province, connection: Workload.strangers)
        default: break
        }
        return false
    }

    /// The client asks once and is not heard of again.
    private func vanishes(_ errand: Errand, _ id: Identifier) -> Bool {
        switch (errand.matter, errand.kind) {
        case (.claim(let number), _): claims[number] = nil
        case (.bond(let number), .setQuota): bonds[number].isRaising = false
        case (.resident, .deposit), (.export, _), (.nobody, _): break
        // What others wait for is not left alone; visits that vanish are a fate of their own.
        case (.visit, _), (.resident, _), (.bond, _): return false
        }
        statistics.abandoned += 1
        abandon(id)
        desk.ask(errand.octets, at: errand.province, connection: errand.connections[0])
        return true
    }

    /// Asks once more for what has its answer.
    func repeatAnswered(_ errand: Errand) {
        guard mischief.happens(percent: 3) else { return }
        let connection =
            mischief.happens(percent: 50)
            ? errand.connections[0] : UInt64(20 + mischief.index(below: 4))
        after(mischief.wait(0, 120_000), .send(errand.octets, errand.province, connection))
    }

    /// Something else that could bear the same id.
    private func changed(
        _ body: Gongji_V1_ServiceRequest.OneOf_Body
    ) -> Gongji_V1_ServiceRequest.OneOf_Body {
        switch body {
        case .settleReserve(var order):
            order.amountFen = max(1, order.amountFen / 2)
            return .settleReserve(order)
        case .settleCommit(var order):
            order.finalFen = max(1, order.finalFen &- 1)
            return .settleCommit(order)
        case .setQuota(var order):
            order.availableFen &+= 1
            return .setQuota(order)
        case .deposit(var order):
            order.amountFen &+= 1
            return .deposit(order)
        case .withdraw(var form):
            form.amountFen &+= 1
            return .withdraw(form)
        case .createRelation(var order):
            order.kinship = .sibling
            return .createRelation(order)
        default:
            let wallet = residents[mischief.index(below: residents.count)].wallet
            return .deposit(
                .with {
                    $0.wallet = wallet.octets
                    $0.amountFen = 1
                })
        }
    }

    // MARK: Requests that nobody should make

    func mischievousWish() {
        let province = mischief.pick(provinces)
        switch mischief.index(below: 8) {
        case 0:
            let noise = (0..<mischief.index(below: 60)).map { _ in
                UInt8(mischief.index(below: 256))
            }
            desk.ask(noise, at: province, connection: Workload.strangers)
        case 1: ask(.settleCommit(.with { settle(&$0.transaction, &$0.finalFen) }), at: province)
        case 2:
            let unknown = someTransaction()
            ask(.settleCancel(.with { $0.transaction = unknown }), at: province)
        case 3:
            let unknown = someTransaction()
            ask(.settleReverse(.with { $0.transaction = unknown }), at: province)
        case 4: ask(.settleReserve(impossible(at: province)), at: province)
        case 5:
            ask(
                .deposit(
                    .with {
                        $0.wallet = residents[0].wallet.octets
                        $0.amountFen = mischief.pick([0, -1, .min, .max, 1_000_000_000_001])
                    }), at: provinces[0])
        case 6:
            // An id of a wrong length.
            ask(
                .endRelation(.with { $0.relation = Data(repeating: 7, count: 15) }), at: province)
        default:
            guard let old = lately.isEmpty ? nil : mischief.pick(lately) else { return }
            // Of somebody else, and long settled.
            ask(
                .settleCommit(
                    .with {
                        $0.transaction = Data(old.transaction.bytes)
                        $0.finalFen = 1
                    }), at: old.care)
        }
    }

    private func ask(_ body: Gongji_V1_ServiceRequest.OneOf_Body, at province: ProvinceCode) {
        ask(body, at: province, for: .nobody)
    }

    private func settle(_ transaction: inout Data, _ final: inout Int64) {
        transaction = someTransaction()
        final = mischief.number(in: -1...100)
    }

    /// One that nobody has heard of, or that is known elsewhere.
    private func someTransaction() -> Data {
        if !lately.isEmpty, mischief.happens(percent: 30) {
            return Data(mischief.pick(lately).transaction.bytes)
        }
        return Data(
            Identifier(at: desk.now, random: (mischief.next(), mischief.next())).bytes)
    }

    private func impossible(at province: ProvinceCode) -> Gongji_V1_SettleReserve {
        let someone = mischief.pick(recipients)
        var order = Gongji_V1_SettleReserve()
        order.wallet = residents[someone].wallet.octets
        order.walletProvince = self.province(of: someone).number
        order.mode = .exact
        order.category = .medicalCare
        order.amountFen = 10_00
        order.institution = Country.institution(.medical, in: province).text
        order.holdMs = 5_000
        switch mischief.index(below: 6) {
        case 0: order.walletProvince = 710_000
        case 1: order.category = .residentInsurancePremium
        case 2: order.mode = .unspecified
        case 3: order.holdMs = 1
        case 4: order.institution = "H00000000001"
        // Without a bill.
        default: break
        }
        return order
    }
}
