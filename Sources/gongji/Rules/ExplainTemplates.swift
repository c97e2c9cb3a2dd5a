import ArgumentParser

/// A request with every key, which the deployed rule sets allow.
enum ExplainTemplate: String, CaseIterable, ExpressibleByArgument {
    case binding, quota, use, withdrawal
    /// A withdrawal too, which other rules speak of.
    case resettlement

    var text: String {
        switch self {
        case .binding:
            """
            {
              "ask": "binding",
              "places": ["370300"],
              "date": "2026-11-23",
              "giver": {
                "insurance": "employee",
                "standing": "insured",
                "region": "370300",
                "violation": false,
                "receives": false
              },
              "recipient": {
                "insurance": "resident",
                "standing": "insured",
                "region": "370300",
                "violation": false,
                "age": 62,
                "givers": 0,
                "gives": false
              },
              "kinship": "parent",
              "channel": "national_app",
              "has_commitment": true,
              "verification": "face",
              "verified_days_ago": 0,
              "agent_identified": null,
              "has_kinship_proof": false,
              "groups": "open"
            }
            """
        case .quota:
            """
            {
              "ask": "quota",
              "places": ["440300"],
              "now": "2026-11-23T10:00:00+08:00",
              "balance": 1000000,
              "carried_over": 400000,
              "raise": 500000,
              "changes_today": 0,
              "received": 0
            }
            """
        case .use:
            """
            {
              "ask": "use",
              "places": ["370300", "440300"],
              "date": "2026-11-23",
              "source": {
                "quota": {
                  "kinship": "parent",
                  "standing": "insured",
                  "violation": false,
                  "has_commitment": true,
                  "verification": "face",
                  "has_kinship_proof": false
                }
              },
              "wallet": "00000000000000000000000000000001",
              "category": "medical_care",
              "amount": 12000,
              "exact": false,
              "bill": {
                "total": 30000,
                "pooled": 15000,
                "burden": 12000,
                "self_paid": 3000,
                "visit": "outpatient",
                "patient": "00000000000000000000000000000001",
                "credential": "00000000000000000000000000000001",
                "proxy": null,
                "identity_record": null,
                "card_note": null,
                "counts_towards_deductible": false,
                "asks_for_pooling": false,
                "pooled_scheme": false
              },
              "institution_kind": "medical",
              "designated": true
            }
            """
        case .withdrawal:
            """
            {
              "ask": "withdrawal",
              "places": ["371000"],
              "date": "2026-11-23",
              "reason": "visit",
              "amount": 35000,
              "balance": 120000,
              "document_amount": 35000,
              "issuer": {"region": "310000"},
              "user_kinship": "parent",
              "for_another": true,
              "resettlement_filed": null,
              "violation": false,
              "paid_before": false,
              "has_commitment": true,
              "handler": null,
              "reviewer": null,
              "agent_identified": null,
              "bank": "ICBC",
              "has_card_account": true
            }
            """
        case .resettlement:
            """
            {
              "ask": "withdrawal",
              "places": ["371000"],
              "date": "2026-11-23",
              "reason": "resettlement",
              "amount": 120000,
              "balance": 120000,
              "document_amount": null,
              "issuer": null,
              "user_kinship": null,
              "for_another": false,
              "resettlement_filed": "2026-11-01",
              "violation": false,
              "paid_before": false,
              "has_commitment": false,
              "handler": "S-0017",
              "reviewer": "S-0042",
              "agent_identified": null,
              "bank": "ICBC",
              "has_card_account": true
            }
            """
        }
    }
}
