"""Registry files: good rows go in once, bad rows come back with every reason."""

import pytest

from accounts.domain.company_number import check_character
from accounts.models import Person
from oversight.actions import import_licences, import_projects, preview_import, seed_registry
from oversight.domain.refusals import NotARegulator
from oversight.domain.registry_csv import guarded, parse, project_columns, unguarded, written
from oversight.models import Licence, Project
from oversight.queries.registry import (
    columns_of,
    licence_cells,
    licences,
    project_cells,
    projects,
)
from tests.unit.oversight.national import NOW, member, person, site, zone

pytestmark = pytest.mark.django_db
HEAD = "number,holder_name,holder_uscc,province,issued_date,valid_until,status,site\n"
BODY = "91440300MA5EYXYL6"
USCC = BODY + check_character(BODY)
GOOD = f"B11-1,Qingyang Compute,{USCC},gs,2024-01-01,2029-01-01,VALID,qingyang-1\n"


@pytest.fixture
def cleo() -> Person:
    return person("cleo@state.example", member("state", "REGULATOR"))


def test_a_file_is_previewed_imported_once_and_then_changes_nothing(cleo: Person) -> None:
    place = site("qingyang-1", licence_no="")
    content = HEAD + GOOD + "B11-2,Other,,gs,2024-01-01,2029-01-01,VALID,\n"

    assert preview_import(kind="licences", content=content).new == 2
    assert Licence.objects.count() == 0
    first = import_licences(content=content, person_id=cleo.pk, now=NOW)
    second = import_licences(content=content, person_id=cleo.pk, now=NOW)

    assert (first.new, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.new, second.changed, second.unchanged) == (0, 0, 2)
    assert Licence.objects.get(number="B11-1").site == place
    assert Licence.objects.count() == 2


def test_a_changed_row_is_counted_and_replaces_the_old(cleo: Person) -> None:
    site("qingyang-1", licence_no="")
    import_licences(content=HEAD + GOOD, person_id=cleo.pk, now=NOW)

    report = import_licences(
        content=HEAD + GOOD.replace("VALID", "SUSPENDED"), person_id=cleo.pk, now=NOW
    )

    assert (report.new, report.changed) == (0, 1)
    assert Licence.objects.get().status == "SUSPENDED"


def test_bad_rows_come_back_with_every_reason_and_good_ones_go_in(cleo: Person) -> None:
    site("qingyang-1", licence_no="")
    content = (
        HEAD
        + GOOD
        + "B11-1,Twice,,gs,2024-01-01,2029-01-01,VALID,\n"
        + ",,NONSENSE,xx,spring,2029-01-01,GONE,nowhere\n"
        + "B11-3,Short,,gs,2029-01-01,2024-01-01,VALID,\n"
    )

    report = import_licences(content=content, person_id=cleo.pk, now=NOW)

    assert report.new == 1
    assert [(row.line, len(row.reasons)) for row in report.bad] == [(3, 1), (4, 7), (5, 1)]
    assert report.bad[1].reasons[0].facts["column"] == "number"


def test_a_site_holds_one_licence(cleo: Person) -> None:
    site("qingyang-1", licence_no="")
    import_licences(content=HEAD + GOOD, person_id=cleo.pk, now=NOW)

    report = import_licences(
        content=HEAD + GOOD.replace("B11-1", "B11-9"), person_id=cleo.pk, now=NOW
    )

    assert report.new == 0
    assert report.bad[0].reasons[0].facts == {"site": "qingyang-1", "number": "B11-1"}


@pytest.mark.parametrize(
    "content",
    ["", "number,holder_name\nB11-1,x\n", HEAD.replace("site", "site,colour") + GOOD],
)
def test_a_file_with_other_columns_is_refused_as_a_whole(content: str) -> None:
    report = preview_import(kind="licences", content=content)

    assert report.new == 0
    assert report.bad[0].line == 1


def test_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oversight.domain.registry_csv.ROWS_A_FILE", 1)
    zone()
    rows = [f"N-{n},x,,gs,2024-01-01,2029-01-01,VALID,\n" for n in range(3)]

    report = preview_import(kind="licences", content=HEAD + "".join(rows))

    assert report.new == 1
    assert len(report.bad) == 1


def test_a_licence_is_of_the_province_of_its_site_and_of_the_number_it_states() -> None:
    site("qingyang-1", licence_no="B11-7")
    zone("rest-xj", "xj")

    content = HEAD + GOOD + GOOD.replace("B11-1", "B11-7").replace(",gs,", ",xj,")
    report = preview_import(kind="licences", content=content)

    assert report.new == 0
    assert [row.reasons[0].facts["site"] for row in report.bad] == ["qingyang-1"] * 2


def test_only_deciding_regulators_import() -> None:
    someone = person("eli@operator.example", member("operator", "OPERATOR"))

    with pytest.raises(NotARegulator):
        import_licences(content=HEAD, person_id=someone.pk, now=NOW)


def test_an_export_can_be_imported_again(cleo: Person) -> None:
    site("qingyang-1", licence_no="")
    seed_registry(now=NOW)
    Project.objects.exclude(province="gs").delete()
    Project.objects.update(zone=zone(), name="=SUM(A1)")
    licence_file = written(columns_of("licences"), licence_cells(licences()))
    project_file = written(columns_of("projects"), project_cells(projects()))

    assert "'=SUM(A1)" in project_file
    assert preview_import(kind="licences", content=licence_file).changed == 1  # no sample now
    import_projects(content=project_file, person_id=cleo.pk, now=NOW)
    again = import_projects(content=project_file, person_id=cleo.pk, now=NOW)

    assert (again.new, again.changed, len(again.bad)) == (0, 0, 0)
    assert again.unchanged == Project.objects.count() > 0
    assert {row.name for row in Project.objects.all()} == {"=SUM(A1)"}


@pytest.mark.parametrize("cell", ["=1+1", "+7", "-7", "@x", "\tx", "plain", "'quoted"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(cell: str) -> None:
    assert guarded(cell)[0] not in "=+-@\t\r"
    assert unguarded(guarded(cell)) == cell


def test_numbers_outside_their_bounds_are_refused() -> None:
    columns = project_columns(provinces=["gs"], zones=[])
    head = ",".join(columns)
    row = "P-1,Name,gs,,2026-01-01,PRIVATE,0,-1,1.5,999,10001,PLANNED"

    parsed = parse(f"{head}\n{row}\n", columns)

    assert [reason.facts["column"] for reason in parsed.bad[0].reasons] == [
        "size_pflops",
        "racks",
        "public_money_yuan",
        "planned_pue_thousandths",
        "purchase_agreement_share_bp",
    ]
