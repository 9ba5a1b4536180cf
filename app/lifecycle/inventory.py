"""Every table, column by column: whose its rows are, what an export tells, what an erasure does.

A test holds this against the tables in code: a table or a column added tomorrow fails it until
somebody has said here what a person gets of it and when it goes. `whose` is a condition over
`:persons`, `:identities` and `:cases`; None for a table that is about nobody, or that nobody can
be found in. What is not told has a reason, which the export repeats.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.lifecycle.holdings import (
    OF_IDENTITY,
    OF_PERSON,
    OF_SUBJECT,
    Erased,
    Holding,
    Untold,
    of_nobody,
    untold,
)
from app.lifecycle.proceedings import PROCEEDINGS

_OWN_SESSIONS: Final = (
    "IN (SELECT s.id FROM sessions AS s WHERE s.tenant = :tenant "
    "AND s.identity_id = ANY(:identities))"
)


_SIGN_IN: Final = {
    "identities": Holding(
        whose="id = ANY(:identities)",
        told=("id", "issuer", "subject", "created_at"),
        untold=untold(),
        erased=Erased.DELETED,
    ),
    "logins": Holding(
        whose=f"replaces {_OWN_SESSIONS}",
        untold=untold(
            **dict.fromkeys(
                ("state_hash", "browser_hash", "nonce_hash", "verifier"), Untold.SECRET
            ),
            **dict.fromkeys(
                ("destination", "floor", "max_age", "replaces", "sitting", "kept_question"),
                Untold.PASSING,
            ),
            expires_at=Untold.PASSING,
        ),
        erased=Erased.DELETED,
    ),
    "kept_questions": Holding(
        whose=OF_IDENTITY,
        told=("id", "state", "expires_at"),
        untold=untold(
            session_id=Untold.TECHNICAL,
            identity_id=Untold.TECHNICAL,
            mandate=Untold.TECHNICAL,
            floor=Untold.TECHNICAL,
            max_age=Untold.TECHNICAL,
            for_return=Untold.PASSING,
            for_session=Untold.PASSING,
        ),
        erased=Erased.DELETED,
    ),
    "sessions": Holding(
        whose=OF_IDENTITY,
        told=(
            *("id", "identity_id", "assurance", "authenticated_at", "provider_session"),
            *("active_mandate", "created_at", "last_seen_at", "expires_at"),
        ),
        untold=untold(
            secret_hash=Untold.SECRET, sealed_name=Untold.PASSING, sitting=Untold.TECHNICAL
        ),
        erased=Erased.DELETED,
    ),
    "vouched": Holding(
        whose=f"session_id {_OWN_SESSIONS}",
        untold=untold(
            session_id=Untold.TECHNICAL, sealed=Untold.PASSING, expires_at=Untold.PASSING
        ),
        erased=Erased.DELETED,
    ),
    "replay": of_nobody(
        *("digest", "use", "expires_at"),
        because="hashes of proofs, deleted within minutes; none leads to a person",
    ),
    "logout_notices": of_nobody(
        *("digest", "said_at", "came_at", "expires_at"),
        because="hashes, deleted within hours; none leads to a person",
    ),
    "limits": of_nobody(
        *("key", "used", "granted", "ends_at"),
        because="keyed hashes, deleted within a minute of their window's end",
    ),
}
_REGISTER: Final = {
    "persons": Holding(
        whose="id = ANY(:persons)",
        told=(
            *("id", "fifteen_at", "eighteen_at", "died_at", "incapable_at"),
            *("restricted_at", "created_at"),
        ),
        untold=untold(
            given_index=Untold.INDEX, family_index=Untold.INDEX, birth_index=Untold.INDEX
        ),
        erased=Erased.DELETED,
    ),
    "person_facts": Holding(
        whose=OF_PERSON,
        told=(
            *("person_id", "version", "recorded_at", "fifteen_at", "eighteen_at"),
            *("died_at", "incapable_at", "restricted_at"),
        ),
        untold=untold(),
        erased=Erased.BY_OWNER,
    ),
    "cases": Holding(
        whose="id = ANY(:cases)",
        told=("id", "ref", "version", "created_at"),
        untold=untold(body_digest=Untold.TECHNICAL, number_index=Untold.INDEX),
        erased=Erased.EMPTIED,
        because="belongs to the household; deleted with the last one of it",
    ),
    "memberships": Holding(
        whose=OF_PERSON,
        told=("case_id", "person_id", "ref", "role"),
        untold=untold(),
        erased=Erased.DELETED,
    ),
    "representatives": Holding(
        whose=OF_PERSON, told=("person_id", "ref"), untold=untold(), erased=Erased.DELETED
    ),
    "bindings": Holding(
        whose=OF_PERSON,
        told=(
            *("id", "identity_id", "person_id", "evidence"),
            *("valid_from", "valid_to", "ended_reason"),
        ),
        untold=untold(),
        erased=Erased.DELETED,
    ),
    "activation_codes": Holding(
        whose=OF_PERSON,
        told=(
            *("id", "channel", "person_id", "case_id", "issued_at", "expires_at"),
            *("used_at", "withdrawn_at"),
        ),
        untold=untold(code_hash=Untold.SECRET),
        erased=Erased.DELETED,
    ),
    "mandates": Holding(
        whose="(grantor = ANY(:persons) OR grantee = ANY(:persons))",
        told=(
            *("id", "version", "recorded_at", "ref", "kind", "grantor", "grantee", "case_id"),
            *("groups", "actions", "reserved_groups", "legal_basis", "evidence_kind"),
            *("evidence_assurance", "verified_by", "verified_at", "source", "valid_from"),
            *("valid_to", "ended_received_at", "ended_reason"),
        ),
        untold=untold(
            evidence_hash=Untold.TECHNICAL,
            sealed_label=Untold.OPENED,
            sealed_grantee_label=Untold.OPENED,
        ),
        erased=Erased.BY_OWNER,
    ),
    "objections": Holding(
        whose="grantor = ANY(:persons)",
        told=("id", "mandate_id", "mandate_version", "grantor", "effect", "raised_at"),
        untold=untold(),
        erased=Erased.BY_OWNER,
    ),
    "protections": Holding(
        whose=OF_PERSON,
        told=("person_id", "version", "recorded_at", "active", "source"),
        untold=untold(sealed_ground=Untold.SAFETY),
        erased=Erased.BY_OWNER,
    ),
}
_FILE: Final = {
    "case_values": Holding(
        whose=OF_SUBJECT,
        told=("field", "version", "recorded_at"),
        untold=untold(
            id=Untold.TECHNICAL,
            case_id=Untold.TECHNICAL,
            subject=Untold.TECHNICAL,
            sealed=Untold.OPENED,
        ),
        erased=Erased.DELETED,
    ),
    "case_contents": Holding(
        whose=OF_SUBJECT,
        untold=untold(
            case_id=Untold.TECHNICAL,
            subject=Untold.TECHNICAL,
            version=Untold.TECHNICAL,
            sealed=Untold.OPENED,
        ),
        erased=Erased.DELETED,
    ),
    "consents": Holding(
        whose="(subject = ANY(:persons) OR subject = ANY(:cases) AND actor = ANY(:identities))",
        told=(
            *("subject", "field", "purpose", "decision", "notice_id", "notice_language"),
            *("mandate_id", "recorded_at"),
        ),
        untold=untold(
            number=Untold.TECHNICAL, notice_hash=Untold.TECHNICAL, actor=Untold.TECHNICAL
        ),
        erased=Erased.BY_OWNER,
    ),
    "releases": Holding(
        whose=OF_SUBJECT,
        told=(
            *("id", "case_id", "subject", "mandate_id", "mandate_version", "purpose"),
            *("hosting", "assurance", "policy_digest", "decided_at"),
        ),
        untold=untold(actor=Untold.OTHERS, sealed_items=Untold.OPENED),
        erased=Erased.BY_OWNER,
    ),
    "answers": Holding(
        whose=f"({OF_SUBJECT} OR actor = ANY(:identities))",
        told=("id", "case_id", "subject", "release_id", "entry_id", "answered_at", "delete_after"),
        untold=untold(actor=Untold.OTHERS, outcome_entry_id=Untold.TECHNICAL, sealed=Untold.OPENED),
        erased=Erased.DELETED,
    ),
    "feedback": Holding(
        whose="actor = ANY(:identities)",
        told=("answer_id", "useful", "given_at"),
        untold=untold(actor=Untold.TECHNICAL, sealed_reason=Untold.OPENED),
        erased=Erased.DELETED,
    ),
    "tenant_keys": of_nobody(
        *("version", "wrapped", "created_at"),
        because="the office's own key, which wraps those of persons",
        why=Untold.KEY,
    ),
    "index_keys": of_nobody(
        "wrapped",
        because="the office's own key for finding people, where it came from another key service",
        why=Untold.KEY,
    ),
    "key_alarms": of_nobody(
        *("place", "number", "first_at", "last_at"),
        because="says of a table and column that something there did not open, and not whose",
    ),
    "data_keys": Holding(
        whose="owner = ANY(:persons)",
        untold=untold(owner=Untold.TECHNICAL, wrapped=Untold.KEY, created_at=Untold.TECHNICAL),
        erased=Erased.KEY,
    ),
}
_TRAIL: Final = {
    "audit_payloads": Holding(
        whose=None,
        told=("entry", "delete_after"),
        untold=untold(sealed=Untold.OPENED),
        erased=Erased.KEPT,
        because="evidence of who used what, until its own date (retention.yaml); entries of "
        "sign-in go at once",
    ),
    **{
        table: of_nobody(*columns, because="tells nothing of anybody, and proves the log whole")
        for table, columns in (
            ("audit_queue", ("entry", "leaf")),
            ("audit_entries", ("index", "entry", "leaf")),
            ("audit_tiles", ("level", "index", "hashes", "root")),
            ("audit_checkpoints", ("size", "note", "signed_at")),
            ("audit_cosignatures", ("size", "witness", "line")),
            ("audit_prunings", ("first", "pruned_at")),
        )
    },
}
HOLDINGS: Final[Mapping[str, Holding]] = MappingProxyType(
    {**_SIGN_IN, **_REGISTER, **_FILE, **_TRAIL, **PROCEEDINGS}
)
