import Domain

// The wording of every status for people. `protocol/status.md` has the numbers.

extension Status {
    /// What it means, as one sentence.
    var sentence: String {
        switch self {
        case .malformed: "The node could not read the request, or a field of it makes no sense."
        case .notPermitted: "The role of this client does not include this request."
        case .idReused: "This id was used before, with other content."
        case .alreadyDecided: "The outcome of the transaction was decided before this came."
        case .nodeStopped: "The node has stopped settling, and says why in its status."
        case .overloaded: "The node has more requests waiting than it takes."
        case .storageLow: "The node's disk is nearly full, so it takes nothing new."
        case .unknownProvince: "The directory has no such province."
        case .provinceNotJoined:
            "The region takes no part in this yet, or no rules are in force for it."
        case .askedTooOften:
            "This province has asked the other about more people than it may; nothing was looked up."
        case .birthInFuture: "The date of birth is after today."
        case .commitmentInFuture: "The day on the commitment letter is after today."
        case .verificationInFuture: "The verification is from a time that is still to come."
        case .verificationTooOld: "The person was verified too long ago for the rule set."
        case .issuerNotElsewhere: "The settlement sheet is of an institution in the region itself."
        case .issuerHasCode: "The issuer was named, and the register has it under a code."
        case .resettlementRecordMissing:
            "There is no record of the resettlement (异地安置) with the day of its filing."
        case .visitNotAllowed: "The rule set does not pay for care of this type."
        case .amountNotPositive: "The amount is zero or negative."
        case .amountTooLarge: "The amount is above the largest that is allowed."
        case .categoryUnknown: "The category of the bill is not known."
        case .tooManySources: "The wallet has more sources than one settlement can draw on."
        case .billIncomplete: "There is no bill, or its parts do not make up its total."
        case .aboveBurden: "The amount is more than the personal burden of the bill."
        case .categoryNotAllowed: "A shared payment may not be used for this."
        case .pooledScheme: "The bill is for the pooled outpatient scheme, which is another one."
        case .notForPooling:
            "The bill asks that the payment count towards a deductible or be reimbursed."
        case .institutionNotDesignated:
            "The institution is not in the register of designated institutions today."
        case .institutionOfAnotherKind: "An institution of this kind does not supply this category."
        case .impersonation: "The credential presented is not that of the person who is treated."
        case .relativesCardNotAllowed: "The card of a relative may not be used for this."
        case .identityRecordMissing:
            "The record of who bought or collected is missing or has a gap."
        case .cardNoteMissing:
            "The note about the use of a relative's card is missing or has a gap."
        case .walletUnknown: "No such person is insured in this province."
        case .walletExists:
            "This wallet, or the person with this identity number, has an account here already."
        case .giverNotEmployeeInsured:
            "The giver is not insured as an employee, so has no account to give from."
        case .recipientNotInsured: "Nobody who is insured there was found by that wallet or number."
        case .kinshipNotAllowed: "This kinship does not qualify under the rules that govern here."
        case .commitmentMissing:
            "The signed commitment of the giver, or of who withdraws, is missing."
        case .selfRelation: "Giver and recipient are the same person."
        case .kinshipProofMissing:
            "The proof of kinship did not come in time, so the relation has ended."
        case .relationUnknown: "There is no such relation here."
        case .relationEnded: "The relation has ended."
        case .relationOfAnother: "The relation belongs to another recipient."
        case .giverSuspended: "The giver's insurance is suspended, so nothing new is bound."
        case .recipientHasGiver: "The recipient has as many givers as the rules allow."
        case .recipientIsGiver: "The recipient gives to someone, and here it goes one way only."
        case .giverIsRecipient: "The giver receives from someone, and here it goes one way only."
        case .verificationMissing:
            "The person was not verified in a way that counts; nothing was changed."
        case .consentDeclined: "The recipient has declined, so the relation has ended."
        case .consentExpired: "The recipient did not answer in time, so the relation has ended."
        case .violationRecorded:
            "A violation is on record, so nothing new is bound, paid or withdrawn."
        case .insufficientBalance: "The account has less than that."
        case .insufficientQuota: "The quotas, and the own account if allowed, do not reach."
        case .premiumNotCovered: "The quotas do not reach for the whole premium."
        case .premiumInPart: "A premium is paid in full or not at all."
        case .notSharable: "This part of the balance may not be shared; no money was moved."
        case .quotaChangeTooLarge: "One change may not add so much; no money was moved."
        case .quotaChangedTooOften:
            "Quota was changed as often as a day allows; no money was moved."
        case .quotaClosedHours: "Quota is not changed at this hour; no money was moved."
        case .quotaNotPassedOn: "Quota that was received cannot be given on; no money was moved."
        case .ownAccountFirst: "The recipient's own account comes before quota; nothing was held."
        case .permissionMissing:
            "The plan has no permission of the patient's province that holds now; nothing was held."
        case .permissionLimit:
            "The patient's province permits no more for now; nothing was held."
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
        case .endedByNationalNode:
            "The national node ended the holds, for the primary was silent; nothing was taken."
        case .inProgress: "Another request about the same transaction is under way."
        case .recipientNotInRegion:
            "The recipient is not insured in the giver's region, so nothing was bound."
        case .channelNotAllowed: "The region does not offer this channel; nothing was changed."
        case .agentIdentityMissing:
            "Someone acts for the person, and their identity is not recorded."
        case .identityUnreadable:
            "The sealed identity number cannot be opened, so nobody was found by it."
        case .relationNotActive: "The relation is not active yet, so no money moves."
        case .relationSuspended:
            "The relation rests because of how the giver stands; nothing was taken."
        case .insuranceChanged:
            "The insurance of one side has ended or moved, so there is no relation."
        case .familyGroupOfAnother:
            "Giver and recipient are in two family groups; nothing was bound."
        case .nothingAwaited: "The relation does not wait for that; nothing was changed."
        case .tooManyRelations:
            "There are as many relations as one person can have; nothing was bound."
        case .recipientUnknown:
            "The province asked does not know the person on the document; the money is back."
        case .withdrawalReasonNotAllowed:
            "Money is not withdrawn for this reason here; none was moved."
        case .documentMissing: "For this reason a document is needed; no money was moved."
        case .documentUsed: "The document was used for a withdrawal before; the money is back."
        case .amountNotOfDocument: "The amount is not that of the document; no money was moved."
        case .handlerMissing: "The handler or the reviewer is missing; no money was moved."
        case .reviewerIsHandler: "The reviewer is the handler, so the withdrawal still waits."
        case .withdrawalUnknown: "There is no such withdrawal here."
        case .withdrawalNotOpen: "The withdrawal is not in a state for that; nothing was changed."
        case .bankNotListed: "The bank of the card pays no withdrawals here; no money was moved."
        case .cardAccountMissing:
            "The account of the social security card is not known; no money was moved."
        case .notWholeBalance: "For this reason the whole balance is withdrawn; no money was moved."
        case .resettledBefore:
            "The balance was withdrawn for resettlement before; no money was moved."
        case .depositAboveLimit: "It is more than may be paid in at once; no money was moved."
        case .cardAccountTooNew:
            "The account of the card was set a short time ago; nothing was handed over."
        case .secondPersonMissing: "It takes a second person; nothing was done."
        case .withdrawalDeclined:
            "The reviewer has declined the withdrawal; the money is back on the account."
        }
    }

    /// What whoever asked can do now.
    var advice: String {
        switch self {
        case .malformed:
            "Compare the field that is named with the command's --help, and give what is allowed."
        case .notPermitted:
            "Use a client key whose role in node.json includes it, or ask over the node's ipc socket."
        case .idReused:
            "For a new request leave --id out; to repeat the old one give exactly its content."
        case .alreadyDecided: "Look at the outcome: gongji settle show --transaction ID"
        case .nodeStopped: "Read `halt` in gongji status, and follow what it says."
        case .overloaded: "Wait a little and try again with the same id."
        case .storageLow: "Free disk space on the node, then try again with the same id."
        case .unknownProvince: "Check the code; gongji status lists the provinces as peers."
        case .provinceNotJoined:
            "Wait for the day that the grounds name; until then use the region's own way."
        case .askedTooOften:
            "Nothing was taken. Ask again with a new id in a few minutes, or on the next day."
        case .birthInFuture: "Check the identity number and the clock of the node."
        case .commitmentInFuture:
            "Give the day on the letter (--commitment-date); a letter is signed before it counts."
        case .verificationInFuture:
            "Give the time of the verification (--verified-at), and check the clocks."
        case .verificationTooOld:
            "Verify the person anew, as the grounds say how lately, and give that time."
        case .issuerNotElsewhere:
            "Where the card pays at once, nothing is withdrawn: the institution can charge it."
        case .issuerHasCode:
            "Give the code that the grounds tell in place of the name (--document-issuer)."
        case .resettlementRecordMissing:
            "File the resettlement first; then give its record and day (--resettlement-record, "
                + "--resettlement-filed)."
        case .visitNotAllowed:
            "Say which care it was (--visit); for what the rule set leaves out another way pays."
        case .amountNotPositive: "Give an amount of at least 0.01."
        case .amountTooLarge: "Give at most 10000000000.00."
        case .categoryUnknown: "Use one of the categories that --help lists."
        case .tooManySources: "End relations that are not used; 16 sources are the most."
        case .billIncomplete:
            "Give total, pooled, burden and self-paid so that the last three make up the first."
        case .aboveBurden:
            "Reserve at most the personal burden; the rest the patient pays otherwise."
        case .categoryNotAllowed: "Pay it otherwise; the grounds list what is allowed."
        case .pooledScheme: "Settle it under that scheme, without quota."
        case .notForPooling:
            "Send the bill without asking for either: a shared payment counts for neither."
        case .institutionNotDesignated:
            "Check its code; the province's register has to list it before it can settle."
        case .institutionOfAnotherKind: "Use the category that the institution is registered for."
        case .impersonation:
            "Present the patient's own credential; for a proxy, record both identities."
        case .relativesCardNotAllowed: "Make a relation and use its quota: gongji relation create"
        case .identityRecordMissing:
            "Record the identities that the grounds name, and reserve with a new id."
        case .cardNoteMissing: "Note kinship, both cards and a contact, and reserve with a new id."
        case .walletUnknown:
            "Check the wallet id, and ask where the person is insured; or open: gongji account open"
        case .walletExists:
            "Nothing to do: gongji account show --wallet ID, with the id that it was opened with."
        case .giverNotEmployeeInsured:
            "Only a person insured as an employee can give; another relative may."
        case .recipientNotInsured:
            "Check wallet, number and province, and ask again with a new id: the number is sealed anew."
        case .kinshipNotAllowed: "Use one of the kinships that the limit names."
        case .commitmentMissing:
            "Give the signed letter with --commitment FILE; for a relation also its date."
        case .selfRelation: "The own account is used without a relation."
        case .kinshipProofMissing: "Make a new relation with the proof: gongji relation create"
        case .relationUnknown:
            "Relations live in the giver's province; gongji wallet show lists them with their ids."
        case .relationEnded: "Make a new relation: gongji relation create"
        case .relationOfAnother: "Use a relation in which this person is the recipient."
        case .giverSuspended: "Try again with a new id once contributions are paid again."
        case .recipientHasGiver:
            "End the other relation first, where its giver is insured: gongji relation end"
        case .recipientIsGiver: "End what the recipient gives first: gongji relation end"
        case .giverIsRecipient: "End what the giver receives first: gongji relation end"
        case .verificationMissing:
            "Verify the person as the grounds say, and ask again with a new id."
        case .consentDeclined: "Nothing was taken. If they change their mind, make a new relation."
        case .consentExpired: "Nothing was taken. Make a new relation: gongji relation create"
        case .violationRecorded: "Wait until the day after it; gongji account show tells which day."
        case .insufficientBalance: "Use a smaller amount, or wait for the next deposit."
        case .insufficientQuota:

            """
            Raise a quota (gongji quota set), or reserve less with a new id and pay the rest \
            otherwise; --mode up_to reserves what there is, but of a premium nothing.
            """
        case .premiumNotCovered: "Raise a quota so that it covers the premium: gongji quota set"
        case .premiumInPart: "Commit exactly the reserved amount, or cancel the reservation."
        case .notSharable: "Set a smaller quota; the grounds say what may be shared."
        case .quotaChangeTooLarge: "Raise the quota in smaller steps; the grounds name the most."
        case .quotaChangedTooOften: "Change it tomorrow, with a new id."
        case .quotaClosedHours: "Try again with a new id when the hours in the grounds are over."
        case .quotaNotPassedOn: "Set at most what is on the giver's own account."
        case .ownAccountFirst: "Reserve again with a new id; leave out --without-own-account."
        case .permissionMissing:
            "Reserve again with a new id. If it comes again, compare the clocks of the provinces."
        case .permissionLimit:
            "Commit or cancel what is reserved for this patient, then reserve again with a new id."
        case .planInvalid: "This points to a fault in the asking node: keep its journal and report."
        case .transactionUnknown: "Ask the care province, which coordinates, and check the id."
        case .notReservedYet: "Ask for the reservation again with its own id, then commit."
        case .finalAboveReserved: "Commit at most what is reserved, or reserve the bill anew."
        case .votesMissing: "Nothing was taken. Reserve again with a new id."
        case .reservationExpired: "Nothing was taken. Reserve again with a new id."
        case .endedByNationalNode: "Reserve again with a new id."
        case .reservationCancelled: "Nothing was taken. Reserve again with a new id."
        case .participantTimeout:
            "Nothing was taken. See gongji status for the peer, then ask again with a new id."
        case .alreadySettled: "To undo it: gongji settle reverse --transaction ID"
        case .notSettled: "To give up a reservation: gongji settle cancel --transaction ID"
        case .alreadyReversed: "Nothing to do: gongji settle show --transaction ID"
        case .inProgress: "Wait for the other request's answer: gongji settle show --transaction ID"
        case .recipientNotInRegion:
            "Only relatives insured in that region can be bound under its rules."
        case .channelNotAllowed: "Use one of the channels that the grounds list."
        case .agentIdentityMissing:
            "Record the agent's identity document, and ask again with a new id."
        case .identityUnreadable: "Ask again with a new id: the number is then sealed anew."
        case .relationNotActive: "See what it waits for: gongji relation show --relation ID"
        case .relationSuspended: "It resumes by itself; until then its quota can only be lowered."
        case .insuranceChanged:
            "Unused quota is back on the giver's account; bind anew where both are insured now."
        case .familyGroupOfAnother: "One of them leaves their group first: gongji family leave"
        case .nothingAwaited: "See how it stands: gongji relation show --relation ID"
        case .tooManyRelations: "End relations that are not used: gongji relation end"
        case .recipientUnknown: "Check the person and their province, and ask again with a new id."
        case .withdrawalReasonNotAllowed:
            "Use a reason that the region's rules name, or ask its agency."
        case .documentMissing: "Give the document with its issuer, number and amount."
        case .documentUsed: "Nothing to do: a document serves once, in any province."
        case .amountNotOfDocument: "Withdraw exactly what the document says."
        case .handlerMissing: "Give the staff id of whoever deals with it."
        case .reviewerIsHandler:
            "Have someone else review it: gongji withdraw review --withdrawal ID"
        case .withdrawalUnknown:
            "Withdrawals live in the province of the person's account; check the id."
        case .withdrawalNotOpen: "See where it stands first: gongji withdraw show --withdrawal ID"
        case .bankNotListed:
            "Record an account at a bank that the grounds list: gongji account card"
        case .cardAccountMissing: "Record bank and account first: gongji account card --wallet ID"
        case .notWholeBalance: "Withdraw exactly the balance: gongji account show --wallet ID"
        case .resettledBefore: "Nothing to do: that is done once."
        case .depositAboveLimit:
            "Pay in less, or tomorrow; the limits stand under controls in the node's node.json."
        case .cardAccountTooNew:
            "Have a second person confirm it: gongji account confirm-card; or wait."
        case .secondPersonMissing:
            "Have it done with the client key of somebody else, under a new id."
        case .withdrawalDeclined: "Ask the reviewer why; a corrected form goes in with a new id."
        }
    }
}
