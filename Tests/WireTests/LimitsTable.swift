import Foundation
import Testing
import Wire

/// The table of limits in `protocol/messages.md` is what the code has.
@Suite struct LimitsTable {
    static let limits: [(String, Int64)] = [
        ("message_bytes_max", Int64(Limits.messageBytesMax)),
        ("batch_bytes_max", Int64(Limits.batchBytesMax)),
        ("batch_messages_max", Int64(Limits.batchMessagesMax)),
        ("window_messages_max", Int64(Limits.windowMessagesMax)),
        ("window_batches_max", Int64(Limits.windowBatchesMax)),
        ("window_bytes_max", Int64(Limits.windowBytesMax)),
        ("flush_batches_max", Int64(Limits.flushBatchesMax)),
        ("ack_delay_milliseconds", Limits.ackDelayMilliseconds),
        ("heartbeat_milliseconds", Limits.heartbeatMilliseconds),
        ("silence_milliseconds", Limits.silenceMilliseconds),
        ("resend_milliseconds_min", Limits.resendMillisecondsMin),
        ("resend_milliseconds_max", Limits.resendMillisecondsMax),
        ("instant_milliseconds_max", Limits.instantMillisecondsMax),
        ("business_date_days_max", Int64(Limits.businessDateDaysMax)),
        ("clock_skew_milliseconds_max", Limits.clockSkewMillisecondsMax),
        ("decided_early_milliseconds_max", Limits.decidedEarlyMillisecondsMax),
        ("draws_max", Int64(Limits.drawsMax)),
        ("grants_of_one_payer_max", Int64(Limits.grantsOfOnePayerMax)),
        ("notice_uses_max", Int64(Limits.noticeUsesMax)),
        ("relations_of_one_giver_max", Int64(Limits.relationsOfOneGiverMax)),
        ("sealed_bytes_max", Int64(Limits.sealedBytesMax)),
        ("proposal_milliseconds", Limits.proposalMilliseconds),
        ("payout_instructions_max", Int64(Limits.payoutInstructionsMax)),
        ("permission_milliseconds", Limits.permissionMilliseconds),
        ("own_holds_of_one_wallet_max", Int64(Limits.ownHoldsOfOneWalletMax)),
        ("proven_message_bytes_max", Int64(Limits.provenMessageBytesMax)),
        ("envelope_bytes_max", Int64(Limits.envelopeBytesMax)),
        ("proof_bytes_max", Int64(Limits.proofBytesMax)),
        ("header_path_max", Int64(Limits.headerPathMax)),
        ("plan_bytes_max", Int64(Limits.planBytesMax)),
        ("hold_milliseconds_min", Limits.holdMillisecondsMin),
        ("hold_milliseconds_max", Limits.holdMillisecondsMax),
        ("hold_milliseconds_default", Limits.holdMillisecondsDefault),
        ("vote_wait_milliseconds", Limits.voteWaitMilliseconds),
        ("inquire_after_milliseconds", Limits.inquireAfterMilliseconds),
        ("inquire_every_milliseconds_min", Limits.inquireEveryMillisecondsMin),
        ("inquire_every_milliseconds_max", Limits.inquireEveryMillisecondsMax),
        ("proposals_of_one_peer_minute_max", Int64(Limits.proposalsOfOnePeerMinuteMax)),
        ("proposals_of_one_peer_day_max", Int64(Limits.proposalsOfOnePeerDayMax)),
        ("wallet_queries_of_one_peer_minute_max", Int64(Limits.walletQueriesOfOnePeerMinuteMax)),
        ("wallet_queries_of_one_peer_day_max", Int64(Limits.walletQueriesOfOnePeerDayMax)),
        ("document_claims_of_one_peer_minute_max", Int64(Limits.documentClaimsOfOnePeerMinuteMax)),
        ("document_claims_of_one_peer_day_max", Int64(Limits.documentClaimsOfOnePeerDayMax)),
        ("questions_on_one_wallet_minute_max", Int64(Limits.questionsOnOneWalletMinuteMax)),
        ("questions_on_one_wallet_day_max", Int64(Limits.questionsOnOneWalletDayMax)),
        ("peer_budget_wallets_max", Int64(Limits.peerBudgetWalletsMax)),
        ("proposals_found_nobody_percent_max", Int64(Limits.proposalsFoundNobodyPercentMax)),
        ("proposals_judged_min", Int64(Limits.proposalsJudgedMin)),
        ("peer_alarm_milliseconds", Limits.peerAlarmMilliseconds),
        ("hold_end_after_milliseconds", Limits.holdEndAfterMilliseconds),
        ("hold_ends_of_batch_max", Int64(Limits.holdEndsOfBatchMax)),
        ("wakes_per_round_max", Int64(Limits.wakesPerRoundMax)),
        ("requests_waiting_max", Int64(Limits.requestsWaitingMax)),
        ("queries_waiting_max", Int64(Limits.queriesWaitingMax)),
        ("inbound_batches_waiting_max", Int64(Limits.inboundBatchesWaitingMax)),
        ("refused_bytes_per_hour_max", Int64(Limits.refusedBytesPerHourMax)),
        ("inbound_bytes_waiting_max", Int64(Limits.inboundBytesWaitingMax)),
        ("round_inputs_max", Int64(Limits.roundInputsMax)),
        ("request_bytes_max", Int64(Limits.requestBytesMax)),
        ("waiters_per_request_max", Int64(Limits.waitersPerRequestMax)),
        ("waiters_max", Int64(Limits.waitersMax)),
        ("requests_of_client_max", Int64(Limits.requestsOfClientMax)),
        ("queries_of_client_max", Int64(Limits.queriesOfClientMax)),
        ("requests_per_second", Int64(Limits.requestsPerSecond)),
        ("requests_burst", Int64(Limits.requestsBurst)),
        ("local_requests_per_second", Int64(Limits.localRequestsPerSecond)),
        ("local_requests_burst", Int64(Limits.localRequestsBurst)),
        ("sealed_boxes_per_second", Int64(Limits.sealedBoxesPerSecond)),
        ("sealed_boxes_burst", Int64(Limits.sealedBoxesBurst)),
        ("sealed_boxes_per_slice", Int64(Limits.sealedBoxesPerSlice)),
        ("lane_batches_max", Int64(Limits.laneBatchesMax)),
        ("inbound_batches_of_peer_max", Int64(Limits.inboundBatchesOfPeerMax)),
        ("inbound_bytes_of_peer_max", Int64(Limits.inboundBytesOfPeerMax)),
        ("connections_of_peer_max", Int64(Limits.connectionsOfPeerMax)),
        ("connections_of_client_max", Int64(Limits.connectionsOfClientMax)),
        ("connections_of_user_max", Int64(Limits.connectionsOfUserMax)),
        ("unauthenticated_max", Int64(Limits.unauthenticatedMax)),
        ("handshakes_max", Int64(Limits.handshakesMax)),
        ("handshake_milliseconds", Int64(Limits.handshakeMilliseconds)),
        ("peer_bytes_per_second", Int64(Limits.peerBytesPerSecond)),
        ("client_bytes_per_second", Int64(Limits.clientBytesPerSecond)),
        ("status_bytes_per_second", Int64(Limits.statusBytesPerSecond)),
        ("bytes_burst_seconds", Int64(Limits.bytesBurstSeconds)),
        ("unread_bytes_max", Int64(Limits.unreadBytesMax)),
        ("descriptors_min", Int64(Limits.descriptorsMin)),
        ("descriptors_reserve", Int64(Limits.descriptorsReserve)),
        ("disk_free_bytes_min", Limits.diskFreeBytesMin),
    ]

    @Test func theDocumentHasEveryLimitWithItsValue() throws {
        let text = try String(
            contentsOf: Repository.root.appendingPathComponent("protocol/messages.md"),
            encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## Limits\n").dropFirst().first)
        var found: [String: Int64] = [:]
        for line in section.split(separator: "\n") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 4,
                let value = Int64(cells[2].replacingOccurrences(of: ",", with: ""))
            else { continue }
            found[cells[1].replacingOccurrences(of: "`", with: "")] = value
        }
        #expect(found == Dictionary(uniqueKeysWithValues: LimitsTable.limits))
    }

    /// A limit that is added to the code has to be added here, and so to the document.
    @Test func theListHereIsComplete() throws {
        let source = try String(
            contentsOf: Repository.root.appendingPathComponent("Sources/Wire/Limits.swift"),
            encoding: .utf8)
        let count = source.components(separatedBy: "package static let ").count - 1
        #expect(count == LimitsTable.limits.count)
    }
}

enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
