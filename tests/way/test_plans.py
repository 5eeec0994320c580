"""A plan declared in a test folder is run over HTTP, by the command line and on its page, without scripts too."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from tests.support import strangers
from tests.support.harvest import EVER, HARVEST
from tests.support.nodes import FOR_MEMBERS, HIDDEN, follow, opened, take
from tests.support.orchard import ORCHARD, line
from tests.support.server import PATIENCE_S, server, serving

from birlik import settings
from birlik.apps.cli.main import run
from birlik.kernel.node import Node

API = "/api/v1"
START = f"{API}/plans/{HARVEST.name}/jobs"
PAGE = f"/orchard/plan/{HARVEST.name}"
SHOWN = [line("ash-1", f"2026-03-0{day}T08:00:00Z", 10.0 * day) for day in (1, 2, 3)]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with opened(tmp_path_factory.mktemp("node"), follow_every_s=3600, open=True) as made:
        take(made, SHOWN, labels=FOR_MEMBERS)
        follow(made)
        yield made


@pytest.fixture(scope="module")
def url(node: Node) -> Iterator[str]:
    with serving(node) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=PATIENCE_S) as made:
        yield made


def begun(client: Any, **parameters: Any) -> dict[str, Any]:
    answer = client.post(START, json={"parameters": parameters})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{API}/jobs/{made['job_id']}"
    return made


def waited(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(100):
        job = client.get(f"{API}/jobs/{job['job_id']}?wait=10").json()
        if job["is_over"]:
            return job
    raise AssertionError(f"it isn't over: {job}")


def cancelled(client: Any, job: dict[str, Any]) -> str:
    return str(client.post(f"{API}/jobs/{job['job_id']}/cancel").json()["state"])


# --- the API ------------------------------------------------------------------------------------------------------


def test_plans_are_listed_with_ranges_and_how_things_are_today(client: httpx.Client) -> None:
    (plan,) = client.get(f"{API}/plans").json()["data"]
    share = plan["parameters"][0]
    assert (share["name"], share["usual"], share["least"], share["most"], share["unit"]) == (
        "share",
        1.0,
        0.0,
        2.0,
        "1",
    )
    assert [f["name"] for f in plan["fields"]][:3] == ["row", "mass_kg", "today_mass_kg"]
    assert next(f["unit"] for f in plan["fields"] if f["name"] == "today_mass_kg") == "kg"


def test_a_plan_stands_in_the_openapi_with_its_parameters(client: httpx.Client) -> None:
    said = client.get("/openapi.json").json()["paths"][START]["post"]
    schema = said["requestBody"]["content"]["application/json"]["schema"]["properties"]["parameters"]
    assert (
        schema["properties"]["share"] | {"minimum": 0.0, "maximum": 2.0, "default": 1.0}
        == schema["properties"]["share"]
    )


def test_a_job_is_run_and_its_result_is_had_in_every_form(client: httpx.Client) -> None:
    job = waited(client, begun(client, share=0.5))
    assert (job["state"], job["share"], job["rows_n"]) == ("done", 1.0, 1)
    row = {"row": "north", "mass_kg": 30.0, "today_mass_kg": 60.0, "pickings_n": 3, "today_pickings_n": 3}
    assert client.get(job["rows"]).json()["data"] == [row]
    in_csv = list(csv.DictReader(io.StringIO(client.get(job["rows"], params={"format": "csv"}).text)))
    assert in_csv[0]["today_mass_kg"] == "60.0"
    in_parquet = pq.read_table(io.BytesIO(client.get(job["rows"], params={"format": "parquet"}).content))
    assert in_parquet.to_pylist() == [row]
    assert in_parquet.schema.field("mass_kg").metadata[b"unit"] == b"kg"
    assert job["job_id"] in [each["job_id"] for each in client.get(f"{API}/jobs").json()["data"]]


def test_progress_comes_as_events_until_it_is_over(client: httpx.Client) -> None:
    job = begun(client, summers=EVER)
    shares: list[float] = []
    with client.stream("GET", f"{API}/jobs/{job['job_id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for text in stream.iter_lines():
            if text.startswith("data: "):
                said = json.loads(text.removeprefix("data: "))
                shares.append(said["share"])
                if said["state"] == "running" and len(shares) > 1:
                    break
    assert shares == sorted(shares)
    assert client.post(START, json={}).status_code == 409
    assert cancelled(client, job) == "cancelled"
    with client.stream("GET", f"{API}/jobs/{job['job_id']}/events") as stream:
        assert json.loads(stream.read().decode().rpartition("data: ")[2])["state"] == "cancelled"


def test_what_is_wrong_is_answered_with_the_parameter(client: httpx.Client) -> None:
    answer = client.post(START, json={"parameters": {"share": 3}})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "share")
    assert client.post(START, json={"colour": 1}).status_code == 400
    assert client.post(f"{API}/plans/pears/jobs", json={}).status_code == 404
    assert client.get(f"{API}/jobs/none").status_code == 404


def test_a_saved_plan_has_parameters_and_no_row(client: httpx.Client, node: Node) -> None:
    told = {"name": "Half a harvest", "plan": HARVEST.name, "parameters": {"share": 0.5}}
    saved_id = client.post(f"{API}/acts/birlik_plan_save", json=told).json()["about"]["saved_id"]
    row = client.get(f"{API}/tables/birlik_plan/rows/{saved_id}").json()["data"]
    assert (row["name"], row["parameters"]) == ("Half a harvest", {"share": 0.5, "lightest_kg": 0.0, "summers": 1})
    job = waited(client, client.post(START, json={"saved": saved_id}).json())
    assert client.get(job["rows"]).json()["data"][0]["mass_kg"] == 30.0
    wrong = client.post(f"{API}/acts/birlik_plan_save", json={**told, "parameters": {"share": 9}})
    assert (wrong.status_code, wrong.json()["parameter"]) == (400, "share")


# --- the command line ---------------------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *command: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run([*command]) == code
    told = capsys.readouterr()
    return told.out + told.err


def test_the_command_line_lists_runs_shows_and_writes(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = ("--url", url)
    assert HARVEST.name in said(capsys, "plan", "list", *at)
    out = said(capsys, "plan", "run", HARVEST.name, "share=0.5", *at)
    assert "30" in out
    assert "60" in out
    job = orjson.loads(said(capsys, "plan", "jobs", "--json", *at))[0]["job_id"]
    file = tmp_path / "harvest.csv"
    said(capsys, "plan", "show", job, "--out", str(file), *at)
    assert file.read_text().startswith("row,mass_kg,today_mass_kg")
    assert "from 0 to 2" in said(capsys, "plan", "run", HARVEST.name, "share=7", *at, code=2)
    begun = said(capsys, "plan", "run", HARVEST.name, f"summers={EVER}", "--detach", *at).split()[0]
    assert "cancelled" in said(capsys, "plan", "cancel", begun, *at)


def test_a_node_that_was_killed_says_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    settings.write_new(folder, "KAZ")
    with (folder / settings.FILE).open("a") as file:
        file.write('domains = ["tests.support.orchard:ORCHARD"]\n')
    with server(folder) as (url, process):
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            job = begun(client, summers=EVER)
        process.kill()
        process.join()
    with server(folder) as (url, _), httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
        assert client.get(f"{API}/jobs/{job['job_id']}").json()["state"] == "interrupted"


# --- the page -----------------------------------------------------------------------------------------------------


def test_a_form_without_scripts_leads_to_the_result_and_a_link_that_can_be_shared(
    client: httpx.Client, url: str
) -> None:
    page = client.get(PAGE).text
    assert 'name="share"' in page
    assert "From 0 to 2." in page
    answer = client.post(PAGE, data={"share": "0.5", "lightest_kg": "0", "summers": "1"})
    assert answer.status_code == 303
    at = answer.headers["location"]
    waited(client, {"job_id": at.rpartition("/")[2]})
    shown = client.get(at).text
    assert "today: mass picked" in shown
    assert f"{API}/jobs/{at.rpartition('/')[2]}/rows?format=csv" in shown
    saved = client.post(f"{at}/save", data={"name": "Half"})
    assert saved.status_code == 303
    assert 'value="0.5"' in client.get(saved.headers["location"]).text
    assert "Half" in client.get(PAGE).text


def test_where_nothing_was_moved_the_page_does_not_say_everything_twice(client: httpx.Client) -> None:
    at = client.post(PAGE, data={"share": "1", "lightest_kg": "0", "summers": "1"}).headers["location"]
    waited(client, {"job_id": at.rpartition("/")[2]})
    shown = client.get(at).text
    assert "mass picked" in shown
    assert "today: mass picked" not in shown


def test_a_page_of_a_job_that_goes_on_loads_itself_again_and_cancels(client: httpx.Client) -> None:
    at = client.post(PAGE, data={"share": "1", "lightest_kg": "0", "summers": str(EVER)}).headers["location"]
    page = client.get(at).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "<progress" in page
    wrong = client.post(PAGE, data={"share": "1", "lightest_kg": "0", "summers": "1"})
    assert (wrong.status_code, "at a time" in wrong.text) == (422, True)
    assert client.post(f"{at}/cancel").status_code == 303
    assert "cancelled" in client.get(at).text


def test_a_wrong_value_stands_at_its_field(client: httpx.Client) -> None:
    answer = client.post(PAGE, data={"share": "5", "lightest_kg": "x", "summers": "1"})
    assert answer.status_code == 422
    assert re.search(r'id="error-plan-lightest_kg" role="alert">“x” is no number', answer.text)
    assert "it is from 0 to 2" in client.post(PAGE, data={"share": "5", "lightest_kg": "0", "summers": "1"}).text


# --- who sees it --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[strangers.House]:
    with strangers.house(tmp_path_factory.mktemp("house") / "node", declared=(ORCHARD,)) as at:
        take(at.node, [line("ash-1", "2026-02-01T08:00:00Z", 10.0)], labels=FOR_MEMBERS)
        take(at.node, [line("oak-9", "2026-02-02T08:00:00Z", 500.0)], labels=HIDDEN)
        follow(at.node)
        yield at


def mass(client: TestClient, saved_id: str) -> float:
    job = waited(client, client.post(START, json={"saved": saved_id}).json())
    return float(client.get(job["rows"]).json()["data"][0]["mass_kg"])


def test_a_saved_plan_is_computed_in_each_readers_own_view(house: strangers.House) -> None:
    member = house.person("uzbek", "reader", state="UZB")
    told = {"name": "As it is", "plan": HARVEST.name, "parameters": "{}"}
    own = house.operator.done("birlik_plan_save", **told)["about"]["saved_id"]
    shared = house.operator.done("birlik_plan_save", **told, audience="members")["about"]["saved_id"]
    assert mass(house.operator, shared) == 510.0
    assert member.post(START, json={"saved": own}).status_code == 404
    assert mass(member, shared) == 10.0
    assert house.reader.acts("birlik_plan_save", **told, audience="members").status_code == 403


def test_anothers_job_is_not_there_nor_its_rows_events_or_page(house: strangers.House) -> None:
    job = waited(house.operator, begun(house.operator))
    at = f"{API}/jobs/{job['job_id']}"
    for who in ("reader", "steward", "foreign"):
        asked = [at, f"{at}/rows", f"{at}/events", job["page"]]
        assert {house.people[who].get(address).status_code for address in asked} == {404}
        assert house.people[who].post(f"{at}/cancel").status_code == 404


def test_who_may_run_none_is_shown_none(house: strangers.House) -> None:
    assert house.administrator.get(f"{API}/plans").json()["data"] == []
    assert house.administrator.post(START, json={}).status_code == 403
    assert house.nobody.post(START, json={}).status_code == 401
    assert house.supplier.post(START, json={}).status_code == 403


def test_a_saved_plan_is_taken_away_by_who_saved_it_and_by_no_other_reader(house: strangers.House) -> None:
    told = {"name": "Mine", "plan": HARVEST.name, "parameters": "{}"}
    saved_id = house.reader.done("birlik_plan_save", **told)["about"]["saved_id"]
    other = house.person(house.name("reader"), "reader")
    assert other.acts("birlik_plan_forget", saved_id=saved_id).status_code == 403
    assert house.reader.acts("birlik_plan_forget", saved_id=saved_id).status_code == 200


def test_a_door_that_names_a_plan_has_it_behind_it_and_one_that_names_none_of_its_domain_is_refused() -> None:
    from dataclasses import replace

    from birlik.domains.transport.domain import DOMAIN
    from birlik.kernel.checking import faults
    from birlik.kernel.own import OWN

    (door,) = DOMAIN.doors
    assert door.plans == ("transport_closing",)
    told = faults((replace(DOMAIN, doors=(replace(door, plans=("pears",)),)), OWN))
    assert told == ["door transport/transport: there is no plan 'pears' in its domain"]
