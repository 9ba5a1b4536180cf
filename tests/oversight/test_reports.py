"""The record of processing and the annex are written from what decides, and tell when it moved."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.catalogue.fields import NEVER_TO_A_MODEL
from app.catalogue.rulebook import Rulebook
from app.oversight import impact, processing
from app.oversight.approval import Approval, Report, ReportKind, Reports, digest
from app.oversight.processing import Controller, Kept, Setting
from app.telemetry.logs import Message
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting, Language, Purpose
from app.web.cli import program
from app.web.oversight import raise_alarms
from tests.fixtures import ROOT
from tests.service import Whole, write_tenant

SETTING = Setting(
    controller=Controller(name="Jobcenter (Test)", officer="datenschutz@office.example"),
    hosting=Hosting.NO_MODEL,
    kept=[Kept(what="Antworten", period="13 Monate", law="§ 66 SGG")],
)
OFFICE = TenantId("bergstrasse")


def reports(rulebook: Rulebook, approved: str | None, setting: Setting = SETTING) -> Reports:
    return Reports(
        rulebook=rulebook,
        rules=["a-rule"],
        settings={OFFICE: dict.fromkeys(Language, setting)},
        approved={OFFICE: dict.fromkeys(ReportKind, approved)},
    )


def of(found: Reports, kind: ReportKind = ReportKind.PROCESSING_RECORD) -> Report:
    return found.of(OFFICE, kind, Language.DE)


class TestTheRecord:
    @pytest.mark.parametrize("language", list(Language))
    def test_has_what_art_30_asks_for(self, rulebook: Rulebook, language: Language) -> None:
        record = processing.record(rulebook, SETTING, language)

        assert record["controller"] == "Jobcenter (Test)"
        assert record["data_protection_officer"] == "datenschutz@office.example"
        activities = record["activities"]
        assert isinstance(activities, list)
        assert [each["purpose"] for each in activities] == list(Purpose)
        for each in activities:
            assert each["described"]
            assert each["third_country_transfers"] == []
        own = activities[0]
        person = next(each for each in own["recipients"] if each["recipient"] == "person")
        assert own["categories"]
        assert own["data_subjects"]
        assert person["grounds"]
        assert all(ground["law"] for ground in person["grounds"])
        assert record["erasure"] == [
            {"what": "Antworten", "period": "13 Monate", "law": "§ 66 SGG"}
        ]
        assert record["security"]

    def test_names_every_field_of_the_catalogue_that_serves_a_purpose(
        self, rulebook: Rulebook
    ) -> None:
        told = json.dumps(processing.record(rulebook, SETTING, Language.DE))

        serving = [field.name for field in rulebook.catalogue if field.purposes]
        assert len(serving) > 30
        assert [name for name in serving if f'"{name}"' not in told] == []

    def test_without_a_model_no_model_gets_anything(self, rulebook: Rulebook) -> None:
        def grounds(hosting: Hosting) -> int:
            record = processing.record(rulebook, replace(SETTING, hosting=hosting), Language.DE)
            activities = record["activities"]
            assert isinstance(activities, list)
            return sum(
                len(each["grounds"])
                for activity in activities
                for each in activity["recipients"]
                if each["recipient"] == "model"
            )

        assert grounds(Hosting.NO_MODEL) == grounds(Hosting.THIRD_COUNTRY) == 0
        assert grounds(Hosting.ON_PREMISES) > 0


def test_the_annex_names_special_categories_floors_and_risks(rulebook: Rulebook) -> None:
    annex = impact.annex(rulebook, SETTING, ["b", "a"], Language.EN)

    assert annex["special_categories"]
    assert annex["never_to_a_model"] == sorted(NEVER_TO_A_MODEL)
    assert annex["rules"] == ["a", "b"]
    risks = annex["risks"]
    assert isinstance(risks, list)
    for risk in risks:
        folders = [each for each in str(risk["shown_by"]).split(", ") if each.startswith("tests/")]
        assert [each for each in folders if not (ROOT / each).is_dir()] == []


class TestApproval:
    @pytest.mark.parametrize("kind", list(ReportKind))
    def test_what_was_approved_is_approved_until_something_changes(
        self, rulebook: Rulebook, kind: ReportKind
    ) -> None:
        approved = of(reports(rulebook, None), kind).digest
        other_model = replace(SETTING, hosting=Hosting.EU_PROCESSOR)

        assert of(reports(rulebook, None), kind).approval is Approval.NEVER
        assert of(reports(rulebook, approved), kind).approval is Approval.APPROVED
        changed = reports(rulebook, approved, other_model)
        assert of(changed, kind).approval is Approval.DIFFERS
        assert (OFFICE, kind) in changed.differing()
        assert (OFFICE, kind) not in reports(rulebook, approved).differing()

    def test_the_digest_is_of_the_document_as_it_is_told(self, rulebook: Rulebook) -> None:
        report = of(reports(rulebook, None))

        assert digest(json.loads(json.dumps(report.document))) == report.digest
        assert digest({**report.document, "v": 2}) != report.digest

    def test_the_start_raises_an_alarm_for_what_differs_and_for_nothing_else(
        self, rulebook: Rulebook, whole: Whole
    ) -> None:
        raise_alarms(reports(rulebook, None))
        assert whole.lines(Message.REPORT_DIFFERS) == []

        raise_alarms(reports(rulebook, "0" * 64))
        said = whole.lines(Message.REPORT_DIFFERS)

        assert [(each["level"], each["tenant"], each["kind"]) for each in said] == [
            ("error", "bergstrasse", "processing-record"),
            ("error", "bergstrasse", "dpia"),
        ]


class TestTheCommand:
    def run(self, folder: Path, *more: str) -> tuple[int, str]:
        asked = ["policy", "reports", "--tenants", str(folder / "tenants")]
        asked += ["--policies", str(ROOT / "policies"), *more]
        result = CliRunner().invoke(program, asked)
        return result.exit_code, result.stdout

    def test_prints_digests_that_a_tenant_file_approves(self, tmp_path: Path) -> None:
        path = write_tenant(tmp_path, "bergstrasse")
        code, digests = self.run(tmp_path, "--digest")
        lines = [line.removeprefix("bergstrasse ") for line in digests.splitlines()]
        quoted = [f'{name} = "{value}"' for name, _, value in (each.split() for each in lines)]
        path.write_text(path.read_text() + "\n".join(quoted) + "\n")  # its last part is the desk's
        approved = self.run(tmp_path)
        path.write_text(path.read_text().replace("Jobcenter (Test)", "Another office"))
        differs = self.run(tmp_path)

        assert code == 0
        assert len(lines) == 2
        assert approved[0] == 0
        assert approved[1].count(": approved,") == 2
        assert differs[0] == 1
        assert differs[1].count("differs_from_approved") == 2

    def test_prints_the_documents(self, tmp_path: Path) -> None:
        write_tenant(tmp_path, "bergstrasse")
        code, printed = self.run(tmp_path, "--json", "--tenant", "bergstrasse", "--language", "en")

        assert code == 0
        assert '"law": "Art. 30 GDPR"' in printed
        assert '"law": "Art. 35(7) GDPR"' in printed
        assert self.run(tmp_path, "--tenant", "nowhere")[0] == 1
