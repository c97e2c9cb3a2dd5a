import Domain

// The wording of every status for people. `protocol/status.md` has the numbers.

extension Status {
    /// What it means, as one sentence.
    var sentence: String {
        switch self {
        case .malformed: "The request is incomplete or has a field that makes no sense."
        case .notPermitted: "The role of this client does not include this request."
        case .idReused: "This id was used before, with other content."
        case .alreadyDecided: "The outcome of the transaction was decided before this came."
        case .nodeStopped: "The node has stopped settling, and says why in its status."
        case .overloaded: "The node has more requests waiting than it takes."
        case .storageLow: "The node's disk is nearly full, so it takes nothing new."
        case .unknownProvince: "The directory has no such province."
        case .amountNotPositive: "The amount is zero or negative."
        case .amountTooLarge: "The amount is above the largest that is allowed."
        case .categoryUnknown: "The category of the bill is not known."
        case .tooManySources: "The wallet has more sources than one settlement can draw on."
        case .walletUnknown: "No such person is insured in this province."
        case .walletExists: "This person has an account here already."
        case .giverNotEmployeeInsured:
            "The giver is not insured as an employee, so has no account to give from."
        case .recipientNotInsured: "The recipient is not insured."
        case .kinshipNotAllowed: "This kinship does not qualify for sharing across provinces."
        case .commitmentMissing: "The giver's signed commitment letter is missing."
        case .selfRelation: "Giver and recipient are the same person."
        case .relationUnknown: "There is no such relation here."
        case .relationEnded: "The relation has ended."
        case .relationOfAnother: "The relation belongs to another recipient."
        case .insufficientBalance: "The account has less than that."
        case .insufficientQuota: "The quotas, and the own account if allowed, do not reach."
        case .premiumNotCovered: "The quotas do not reach for the whole premium."
        case .premiumInPart: "A premium is paid in full or not at all."
        case .planInvalid: "The plan of draws breaks a rule that every province checks."
        case .transactionUnknown: "There is no such transaction here."
        case .notReservedYet: "The reservation is not complete yet."
        case .finalAboveReserved: "The final amount is above what is reserved."
        case .votesMissing: "The decision was asked for without every participant's vote."
        case .reservationExpired: "The reservation ran out before it was committed."
        case .reservationCancelled: "The reservation was cancelled."
        case .participantTimeout: "A province that takes part did not answer in time."
        case .alreadySettled: "The transaction is settled."
        case .notSettled: "The transaction is not settled, so there is nothing to undo."
        case .alreadyReversed: "The transaction was undone before."
        case .inProgress: "Another request about the same transaction is under way."
        }
    }

    /// What whoever asked can do now.
    var advice: String {
        switch self {
        case .malformed: "Compare the request with the command's --help."
        case .notPermitted:
            "Use a client key whose role in node.json includes it, or ask over the node's ipc socket."
        case .idReused:
            "For a new request leave --id out; to repeat the old one give exactly its content."
        case .alreadyDecided: "Look at the outcome: gongji settle show --transaction ID"
        case .nodeStopped: "Read `halt` in gongji status, and follow what it says."
        case .overloaded: "Wait a little and try again with the same id."
        case .storageLow: "Free disk space on the node, then try again with the same id."
        case .unknownProvince: "Check the code; gongji status lists the provinces as peers."
        case .amountNotPositive: "Give an amount of at least 0.01."
        case .amountTooLarge: "Give at most 10000000000.00."
        case .categoryUnknown: "Use one of the categories that --help lists."
        case .tooManySources: "End relations that are not used; 16 sources are the most."
        case .walletUnknown: "Check the wallet id, or open the account: gongji account open"
        case .walletExists: "Nothing to do: gongji account show --wallet ID"
        case .giverNotEmployeeInsured:
            "Only a person insured as an employee can give; another relative may."
        case .recipientNotInsured: "The recipient has to be insured first, in any province."
        case .kinshipNotAllowed: "Use one of the kinships that --help lists."
        case .commitmentMissing: "Give the signed letter with --commitment FILE and its date."
        case .selfRelation: "The own account is used without a relation."
        case .relationUnknown:
            "Relations live in the giver's province; gongji wallet show lists them with their ids."
        case .relationEnded: "Make a new relation: gongji relation create"
        case .relationOfAnother: "Use a relation in which this person is the recipient."
        case .insufficientBalance: "Use a smaller amount, or wait for the next deposit."
        case .insufficientQuota:
            "Raise a quota (gongji quota set), or reserve what there is with --mode up-to."
        case .premiumNotCovered: "Raise a quota so that it covers the premium: gongji quota set"
        case .premiumInPart: "Commit exactly the reserved amount, or cancel the reservation."
        case .planInvalid: "This points to a fault in the asking node: keep its journal and report."
        case .transactionUnknown: "Ask the care province, which coordinates, and check the id."
        case .notReservedYet: "Ask for the reservation again with its own id, then commit."
        case .finalAboveReserved: "Commit at most what is reserved, or reserve the bill anew."
        case .votesMissing: "Nothing was taken. Reserve again with a new id."
        case .reservationExpired: "Nothing was taken. Reserve again with a new id."
        case .reservationCancelled: "Nothing was taken. Reserve again with a new id."
        case .participantTimeout:
            "Nothing was taken. See gongji status for the peer, then reserve with a new id."
        case .alreadySettled: "To undo it: gongji settle reverse --transaction ID"
        case .notSettled: "To give up a reservation: gongji settle cancel --transaction ID"
        case .alreadyReversed: "Nothing to do: gongji settle show --transaction ID"
        case .inProgress: "Wait for the other request's answer: gongji settle show --transaction ID"
        }
    }
}
