"""Klarfall answers a person's question about their own case.

A stage takes the evidence that the stage before it made and makes what the next one needs,
so imports only ever point up this list. Read `answers/pipeline.py` first: it is the flow.

    vocabulary    errors, evidence, ids, money, dates; imports nothing of ours
    telemetry     spans, metrics, logs, through an allow-list
    database      one transaction, bound to a tenant
    catalogue     the fields, their labels, groups and legal bases
    vault         keys and sealing
    audit         the log nobody can quietly change             -> Receipt
    identity      who is asking, how sure are we                -> Person
    legitimation  for whom they may act, on which evidence      -> Mandate
    intake        what the question needs                       -> Inquiry
    policy        which fields, to whom, in which form          -> Release
    records       those fields and no others                    -> ScopedFacts
    redaction     with names and numbers taken out              -> RedactedText
    knowledge     public law and guidance, with its date
    synthesis     a draft whose every claim is bound            -> GroundedDraft
    answers       the flow; slots filled, for this person only  -> Answer
    oversight     the desk of who looks after data protection
    lifecycle     export, erasure, retention: what a person gets, and what goes
    integration   what a case-management system may push
    web           put together and started: settings, routes, pages

`telemetry`, `database` and `catalogue` do not know each other, nor do `redaction` and
`knowledge`. What may import what is enforced by the contracts in pyproject.toml; a test
holds this map against them.
"""
