"""The officer's desk, put together, and the alarm where what runs is not what was approved."""

from collections.abc import Mapping
from typing import Final

from app.answers.gate import Gate
from app.audit.notes import SigningKey
from app.audit.sealing import Sealer
from app.catalogue.actions import Actions, Floor, OfficerAction
from app.catalogue.rulebook import Rulebook
from app.identity.officers import Named, Officers
from app.lifecycle.retention import Retention
from app.oversight.approval import ReportKind, Reports
from app.oversight.desk import OversightDesk
from app.oversight.processing import Controller, Kept, Setting
from app.policy.engine import PolicyEngine
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.telemetry.spans import count
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance, Hosting, Language
from app.web.tenants import Tenant

# Where an officer's sign-in may lead to: nobody else has anything there.
PAGES: Final = ("/oversight", "/redaction")


def oversight_desk(
    gate: Gate, sealer: Sealer, signing: Mapping[TenantId, SigningKey], reports: Reports
) -> OversightDesk:
    return OversightDesk(
        database=gate.database,
        vault=gate.vault,
        sealer=sealer,
        log=gate.log,
        clock=gate.clock,
        signing=signing,
        reports=reports,
    )


def officers_of(tenants: Mapping[TenantId, Tenant], actions: Actions) -> Officers:
    """Who each office names, and the sign-in it asks of them."""
    least = actions[OfficerAction.OVERSEE]
    return Officers(
        {
            name: Named(
                frozenset((each.identity.issuer, subject) for subject in each.identity.officers),
                least.joined(Floor(Assurance.of(each.oversight.min_assurance), least.max_age)),
            )
            for name, each in tenants.items()
        },
        pages=PAGES,
    )


def reports_of(
    tenants: Mapping[TenantId, Tenant],
    hosting: Mapping[TenantId, Hosting],
    *,
    rulebook: Rulebook,
    engine: PolicyEngine,
    retention: Retention,
) -> Reports:
    return Reports(
        rulebook=rulebook,
        rules=sorted(engine.ids),
        settings={
            name: {
                language: _setting(tenant, hosting[name], retention, language)
                for language in Language
            }
            for name, tenant in tenants.items()
        },
        approved={
            name: {
                ReportKind.PROCESSING_RECORD: tenant.oversight.approved_record,
                ReportKind.DPIA: tenant.oversight.approved_dpia,
            }
            for name, tenant in tenants.items()
        },
    )


def _setting(tenant: Tenant, hosting: Hosting, retention: Retention, language: Language) -> Setting:
    return Setting(
        controller=Controller(name=tenant.office.controller, officer=tenant.office.officer_contact),
        hosting=hosting,
        kept=[
            Kept(what=rule.labels[language], period=rule.kept(language), law=rule.laws[language])
            for rule in retention
        ],
    )


def raise_alarms(reports: Reports) -> None:
    """At the start. The page and the report say so as long as it lasts."""
    for tenant, kind in reports.differing():
        count("oversight.report_differs", tenant=Configured(tenant), kind=kind)
        say(
            Message.REPORT_DIFFERS,
            level=Level.ERROR,
            tenant=Configured(tenant),
            kind=kind,
        )
