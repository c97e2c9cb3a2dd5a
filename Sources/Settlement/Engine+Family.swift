import Domain
import RuleSets
import Wire

/// Family groups (rule G12): who consented to one member is bound to all, and all see each other. Only
/// people of this province are in one.
extension Engine {
    func groups(_ giver: WalletID, _ recipient: WalletID?) -> BindingQuestion.Groups {
        guard let recipient, rows.persons.isLoaded(recipient),
            let first = rows.persons[giver]?.group, let second = rows.persons[recipient]?.group
        else { return .open }
        return first == second ? .same : .different
    }

    /// An active relation brings both into one group, which bears the id of its first relation.
    mutating func joinFamily(_ relation: Relation) {
        guard let wallet = relation.recipient, relation.recipientProvince == province,
            var giver = rows.persons[relation.giver], var recipient = rows.persons[wallet],
            giver.group == nil || recipient.group == nil || giver.group == recipient.group
        else { return }
        let id = giver.group ?? recipient.group ?? relation.id
        var family = rows.families[id] ?? Family(members: [])
        for member in [relation.giver, wallet] where !family.members.contains(member) {
            family.members.append(member)
        }
        rows.families[id] = family
        giver.group = id
        recipient.group = id
        rows.persons[relation.giver] = giver
        rows.persons[wallet] = recipient
    }

    /// Relations go on; only the group is left.
    mutating func leaveFamily(_ wallet: WalletID) -> CommandResult {
        guard var person = rows.persons[wallet] else { return .refused(.walletUnknown) }
        guard let id = person.group, var family = rows.families[id] else {
            return .done(.family([]))
        }
        person.group = nil
        rows.persons[wallet] = person
        family.members.removeAll { $0 == wallet }
        rows.families[id] = family.members.isEmpty ? nil : family
        return .done(.family(family.members))
    }
}
