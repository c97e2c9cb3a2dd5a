import Domain
import Foundation
import Gateway
import Testing
import Wire

/// Questions have a thread of their own: whoever asks much does not hold up whoever changes something.
@Suite(.serialized) struct ManyQuestions {
    private let network: ProvinceNetwork
    private let desk: ServiceDesk

    init() throws {
        network = try ProvinceNetwork(nodes: [ProvinceNetwork.shandong, ProvinceNetwork.shanghai])
        try network.start()
        desk = try network[ProvinceNetwork.shandong].desk()
    }

    @Test func aChangeIsMadeWhileThousandsOfQuestionsWait() throws {
        let wallet = try desk.person(fen: 0)
        let asker = try network[ProvinceNetwork.shandong].desk()
        var asked: [Identifier] = []
        for _ in 0..<10_000 {
            let question = Gongji_V1_ServiceRequest.showWallet(wallet)
            asked.append(question.identifier)
            try asker.send(question)
        }
        let deposit = Gongji_V1_ServiceRequest.deposit(wallet, fen: 100)
        #expect(try desk.refusal(deposit) == nil)
        // Each was answered: with the wallet, or, beyond the limit, that there are too many.
        for id in asked {
            let reply = try ServiceClient.decode(try asker.answer(to: id))
            #expect(reply.refusal == nil || reply.refusal == .overloaded)
        }
        #expect(try desk.ask(.showWallet(wallet)).wallet.own.balanceFen == 100)
    }

    @Test func aPersonOfElsewhereIsNotShownAsOneWithoutRecords() throws {
        let wallet = try desk.person(fen: 700)
        #expect(try desk.ask(.showWallet(wallet)).wallet.own.balanceFen == 700)
        let nobody = WalletID(Clock.newIdentifier())
        #expect(
            try desk.refusal(.listUsage(.giver) { $0.wallet = Data(nobody.value.bytes) })
                == .walletUnknown)
    }
}
