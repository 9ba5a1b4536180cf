"""What data protection officers do without a browser: reports from the policy, bundles offline."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from app.audit.rejection import Rejected
from app.catalogue.rulebook import Rulebook
from app.lifecycle.retention import Retention
from app.oversight.approval import Approval, Report, ReportKind
from app.oversight.bundles import verify_bundle
from app.policy.engine import PolicyEngine
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting, Language
from app.web.oversight import reports_of
from app.web.settings import Environment
from app.web.tenants import Tenant, load_all

HOSTING: Final = "KLARFALL_MODEL_HOSTING"


def bundle(
    document: Annotated[Path, typer.Argument(help="the bundle, as the officer's desk gave it")],
    vkey: Annotated[Path, typer.Option("--vkey", help="the log's public key, kept from before")],
) -> None:
    """Verify an officer's bundle offline. Exit code 0 only if every entry in it is proven."""
    try:
        found = verify_bundle(document.read_bytes(), vkey.read_text().strip())
    except Rejected as rejection:
        sys.stderr.write(f"NOT VERIFIED: {rejection}\n")
        raise typer.Exit(1) from None
    typer.echo(
        f"{found.origin}: {len(found.entries)} entries, taken along at {found.made_at} "
        f"by {found.officer} ({found.category})"
    )


def reports(  # noqa: PLR0913  # each is an option, by name
    *,
    tenant: Annotated[str | None, typer.Option(help="one office; all without it")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="only the digests to approve")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the whole documents")] = False,
    language: Annotated[Language, typer.Option(help="of the documents")] = Language.DE,
    tenants: Annotated[Path, typer.Option(help="the folder of tenant files")] = Path("tenants"),
    policies: Annotated[Path, typer.Option(help="the folder of policies")] = Path("policies"),
) -> None:
    """The record of processing (Art. 30) and the DPIA annex, from the live policy.

    Exit code 1 where one differs from what an office approved. Which hosting a model has comes
    from the environment, as when the service starts.
    """
    try:
        found = _found(tenants, policies, tenant, language)
    except (ValueError, OSError) as flaw:
        sys.stderr.write(f"{flaw}\n")
        raise typer.Exit(1) from None
    for name, report in found:
        if as_json:
            typer.echo(json.dumps(report.document, ensure_ascii=False, indent=2))
        elif digest:
            typer.echo(f"{name} {_KEYS[report.kind]} = {report.digest}")
        else:
            typer.echo(f"{name} {report.kind}: {report.approval}, digest {report.digest}")
    if any(report.approval is Approval.DIFFERS for _, report in found):
        raise typer.Exit(1)


# As they stand in a tenant's file, under [oversight].
_KEYS: Final = {ReportKind.PROCESSING_RECORD: "approved_record", ReportKind.DPIA: "approved_dpia"}


def _found(
    tenants: Path, policies: Path, only: str | None, language: Language
) -> list[tuple[TenantId, Report]]:
    offices = load_all(tenants, Environment.TESTING)
    if only is not None and only not in offices:
        raise ValueError("there is no office of that name")
    written = reports_of(
        offices,
        {name: _hosting(each) for name, each in offices.items()},
        rulebook=Rulebook.load(policies),
        engine=PolicyEngine.load(policies),
        retention=Retention.load(policies / "retention.yaml"),
    )
    return [
        (name, written.of(name, kind, language))
        for name in offices
        if only in {None, name}
        for kind in ReportKind
    ]


def _hosting(tenant: Tenant) -> Hosting:
    if tenant.model == "none":
        return Hosting.NO_MODEL
    return Hosting(os.environ.get(HOSTING, Hosting.NO_MODEL))
