"""Alerts as a subscriber and an officer see them, over a toy domain whose rows say the level themselves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.support.alerting_toy import NOON, RULE, Toy

from birlik.kernel import pipeline
from birlik.kernel.alerting.judging import moved, severity
from birlik.kernel.alerting.words import words
from birlik.kernel.policy import MEMBERS, OWN, Labels
from birlik.settings import Webhook
from birlik.standards import cap

# --- one state of affairs is one alert -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        pytest.param([3.9], [], id="below the opening threshold nothing opens"),
        pytest.param([4.0], ["Alert"], id="at the threshold it opens"),
        pytest.param([4.0, 4.0, 4.0], ["Alert"], id="never twice for one state"),
        pytest.param([4.1, 3.9, 4.1, 3.9, 4.1], ["Alert"], id="no flutter around the opening threshold"),
        pytest.param([4.0, 3.0, 2.0], ["Alert", "Update"], id="between the thresholds it stays open"),
        pytest.param([4.0, 1.9], ["Alert", "Cancel"], id="below the closing threshold it closes"),
        pytest.param([4.0, 1.9, 2.1, 1.9, 3.9], ["Alert", "Cancel"], id="no flutter around the closing threshold"),
        pytest.param([4.0, 1.9, 4.0], ["Alert", "Cancel", "Alert"], id="what comes again is another alert"),
        pytest.param([7.0, 8.0], ["Alert", "Update"], id="a higher severity is said"),
        pytest.param([8.1, 7.9, 8.1, 7.9], ["Alert"], id="no flutter around a severity's threshold"),
        pytest.param([4.5, 5.5], ["Alert"], id="a fifth more is not worth saying"),
        pytest.param([4.5, 5.7], ["Alert", "Update"], id="over a quarter more is"),
    ],
)
def test_levels_become_messages(make: Callable[..., Toy], levels: list[float], said: list[str]) -> None:
    toy = make()
    toy.shows(*levels)
    assert [message.msg_type for message in toy.messages()] == said


@pytest.mark.parametrize(
    ("level", "current", "expected"),
    [
        pytest.param(4.0, None, "Minor", id="the lowest at opening"),
        pytest.param(16.0, None, "Severe", id="opens where it stands"),
        pytest.param(8.0, "Minor", "Moderate", id="rises at the threshold"),
        pytest.param(5.0, "Moderate", "Moderate", id="holds above half the threshold"),
        pytest.param(3.9, "Moderate", "Minor", id="falls below half the threshold"),
        pytest.param(5.0, "Severe", "Moderate", id="falls no further than it must"),
    ],
)
def test_a_severity_has_hysteresis_of_its_own(level: float, current: str | None, expected: str) -> None:
    assert severity(RULE, level, current) == expected


def test_an_open_alert_is_said_again_before_its_message_expires() -> None:
    row = {"severity": "Minor", "level": 5.0, "updated_time": NOON}
    assert moved(RULE, row, 5.0, NOON + timedelta(hours=23)) is None
    assert moved(RULE, row, 5.0, NOON + timedelta(hours=24)) is not None


def test_an_alert_that_closed_keeps_its_whole_story(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(4.0, 9.0, 1.0)
    (alert,) = toy.alerts()
    assert alert["status"] == "closed"
    assert (alert["opened_time"], alert["closed_time"]) == (
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=3),
    )
    assert alert["severity"] == "Moderate"
    assert alert["message_id"] == toy.messages()[-1].identifier


def test_an_alert_of_which_nothing_is_known_stands_for_a_day_and_then_says_why_it_ends(
    make: Callable[..., Toy],
) -> None:
    toy = make()
    toy.shows(4.0)
    toy.pass_time(hours=2)
    assert [a["status"] for a in toy.alerts()] == ["open"]
    assert "unjudged_since" in toy.alerts()[0]["values"]
    toy.pass_time(hours=23)
    assert [a["status"] for a in toy.alerts()] == ["open"]
    toy.pass_time(hours=2)
    assert [a["status"] for a in toy.alerts()] == ["closed"]
    assert "Nothing was left to judge it by for 24 h" in (toy.messages()[-1].infos[0].description or "")


def test_an_alert_that_can_be_judged_again_forgets_that_it_could_not(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(4.0, -1.0)
    assert "unjudged_since" in toy.alerts()[0]["values"]
    toy.shows(4.0)
    assert "unjudged_since" not in toy.alerts()[0]["values"]
    assert [m.msg_type for m in toy.messages()] == ["Alert"]


def test_a_restart_neither_repeats_nor_forgets(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(4.0)
    toy.restart()
    toy.shows(4.0)
    toy.restart()
    toy.shows(1.0)
    assert [m.msg_type for m in toy.messages()] == ["Alert", "Cancel"]
    assert len(toy.alerts()) == 1


def test_within_one_minute_an_alert_opens_once(make: Callable[..., Toy]) -> None:
    toy = make()
    for second, level in enumerate((5.0, 1.0, 5.0, 1.0), start=1):
        toy.clock.at = NOON + timedelta(seconds=second)
        toy.take("g", level)
        pipeline.follow(toy.node)
    first, second_message = toy.messages()
    assert (first.msg_type, second_message.msg_type) == ("Alert", "Cancel")
    assert second_message.sent > first.sent


def test_a_step_that_fails_leaves_no_alert_behind(make: Callable[..., Toy], monkeypatch: pytest.MonkeyPatch) -> None:
    toy = make(webhooks=(Webhook(url="http://127.0.0.1:9/"),))
    toy.clock.advance(timedelta(minutes=1))
    toy.take("g", 5.0)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("birlik.kernel.alerting.judging.outbox_id_of", fail)
        with pytest.raises(RuntimeError):
            pipeline.follow(toy.node)
    assert (toy.alerts(), toy.messages(), toy.outbox()) == ([], [], [])
    pipeline.follow(toy.node)
    assert (len(toy.alerts()), len(toy.messages()), len(toy.outbox())) == (1, 1, 1)


# --- what the message says -------------------------------------------------------------------------------------


def test_a_message_says_what_where_since_when_and_against_what(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(9.0)
    (message,) = toy.messages()
    (info,) = message.infos
    assert (message.sender, message.status, message.scope) == ("birlik.kaz", "Actual", "Restricted")
    assert message.restriction == "view own of KAZ"
    assert message.incidents == (toy.alerts()[0]["alert_id"],)
    assert (info.event, info.headline, info.description) == ("Gauge high", "g shows 9.0", "Usually 1.0.")
    assert info.instruction == "Look at it."
    assert (info.severity, info.urgency, info.certainty, info.categories) == (
        "Moderate",
        "Expected",
        "Observed",
        ("Other",),
    )
    assert info.onset == NOON + timedelta(minutes=1)
    assert info.expires is not None
    assert info.expires > message.sent
    assert {p.name: p.value for p in info.parameters} == {
        "rule": "toy_high",
        "key": "g",
        "level": "9.0",
        "gauge": "g",
        "value": "9.0",
        "usual": "1.0",
        "n": "7",
        "z": "9.0",
    }
    (circle,) = info.areas[0].circles
    assert (info.areas[0].description, circle.latitude, circle.longitude) == ("Gauge g", 44.2, 80.4)


def test_every_message_is_valid_against_the_schema_of_the_standard(make: Callable[..., Toy]) -> None:
    schema = etree.XMLSchema(etree.parse(Path(__file__).parent.parent / "standards" / "cap_1_2.xsd"))
    toy = make()
    feed(toy, [1.0 * i for i in range(12)])
    toy.pass_time(minutes=10)
    toy.shows(4.0, 9.0, 1.0)
    texts = [row["xml"] for row in toy.rows("birlik_cap_message")]
    assert len(texts) > 4
    for text in texts:
        schema.assertValid(etree.fromstring(text.encode()))


def test_each_message_refers_to_all_before_it_and_has_a_name_of_its_own(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(4.0, 9.0, 20.0, 1.0)
    messages = toy.messages()
    assert [m.msg_type for m in messages] == ["Alert", "Update", "Update", "Cancel"]
    assert len({m.identifier for m in messages}) == 4
    assert len({m.incidents for m in messages}) == 1
    for number, message in enumerate(messages):
        assert message.references == tuple(m.reference for m in messages[:number])


def test_a_cancellation_is_past_and_says_that_it_is_over(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(4.0, 1.0)
    info = toy.messages()[-1].infos[0]
    assert (info.urgency, info.response_types) == ("Past", ("AllClear",))
    assert info.headline == "Over: g shows 1.0"
    assert info.description == "Back to normal: 1.0 is below 2. Usually 1.0."


@pytest.mark.parametrize(
    ("overrides", "status", "note"),
    [
        pytest.param({}, cap.Status.ACTUAL, None, id="a real node warns in earnest"),
        pytest.param({"exercise": True}, cap.Status.EXERCISE, "KAZ", id="a drill names itself"),
    ],
)
def test_what_an_invented_world_alerts_to_is_an_exercise(
    make: Callable[..., Toy], overrides: dict[str, Any], status: cap.Status, note: str | None
) -> None:
    toy = make(**overrides)
    toy.shows(4.0, 9.0, 1.0)
    assert [(m.status, m.note) for m in toy.messages()] == [(status, note)] * 3


@pytest.mark.parametrize(
    ("translated", "headline"),
    [
        pytest.param("{gauge}: {value:.0f}", "g: 9", id="translated"),
        pytest.param("{gauge}: {worth}", "g shows 9.0", id="a translation that names what is not there"),
    ],
)
def test_words_come_in_every_language_that_has_the_headline(translated: str, headline: str) -> None:
    catalogues = {"kk": {RULE.headline: translated}, "tr": {RULE.description: "Genelde {usual:.1f}."}}
    said = words(RULE, {"gauge": "g", "value": 9.0, "usual": 1.0}, catalogues)
    assert [(w.language, w.headline) for w in said] == [("en", "g shows 9.0"), ("kk", headline)]


def test_a_name_that_xml_cannot_carry_does_not_stop_the_node(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.shows(5.0, gauge="g\x01<&>")
    assert toy.messages()[0].infos[0].headline == "g�<&> shows 5.0"


# --- views -----------------------------------------------------------------------------------------------------


def test_an_alert_made_of_hidden_rows_is_in_no_other_view(make: Callable[..., Toy]) -> None:
    toy = make()
    toy.take("seen", 5.0)
    toy.take("hidden", 5.0, Labels())
    toy.pass_time(minutes=1)
    assert {a["key"] for a in toy.alerts(OWN)} == {"hidden", "seen"}
    assert [a["key"] for a in toy.alerts(MEMBERS)] == ["seen"]
    assert [m.incidents for m in toy.messages(MEMBERS)] == [(toy.alerts(MEMBERS)[0]["alert_id"],)]


def test_a_view_has_the_same_alerts_and_messages_in_a_node_without_the_hidden_rows(
    make: Callable[..., Toy],
) -> None:
    """Hidden rows come at odd seconds and make steps of their own; a level of theirs would open or hold alerts."""
    with_hidden, without = make("with"), make("without")
    for toy in (with_hidden, without):
        for minute, level in enumerate((5.0, 9.0, 3.0, 1.0, 6.0)):
            toy.clock.at = NOON + timedelta(minutes=minute, seconds=10)
            toy.take("g", level)
            pipeline.follow(toy.node)
            for second in (25, 40):
                toy.clock.at = NOON + timedelta(minutes=minute, seconds=second)
                if toy is with_hidden:
                    toy.take("g", 20.0, Labels())
                    toy.take("other", 20.0, Labels())
                pipeline.follow(toy.node)
    for table in ("birlik_alert", "birlik_cap_message"):
        assert with_hidden.rows(table, MEMBERS) == without.rows(table, MEMBERS)
    assert len(without.rows("birlik_alert", MEMBERS)) == 2
    assert with_hidden.alerts(OWN) != without.alerts(OWN)


# --- a feed gone quiet -----------------------------------------------------------------------------------------


def feed(toy: Toy, minutes: list[float], source_id: str = "tracker") -> None:
    deliveries = []
    for number, minute in enumerate(minutes):
        toy.clock.at = NOON + timedelta(minutes=minute)
        deliveries.append(toy.delivery(f"q{number}", 0.0, source_id=source_id))
    pipeline.take(toy.node, deliveries)


def test_a_feed_that_goes_quiet_opens_an_alert_which_closes_when_it_speaks_again(make: Callable[..., Toy]) -> None:
    toy = make()
    feed(toy, [5.0 * i for i in range(13)])
    toy.pass_time(minutes=19)
    assert toy.alerts(rule="feed_quiet") == []
    toy.pass_time(minutes=1)
    (alert,) = toy.alerts(rule="feed_quiet")
    assert (alert["key"], alert["headline"], alert["level"]) == ("tracker", "No word from tracker for 20 min", 4.0)
    toy.take("q", 0.0, source_id="tracker")
    toy.pass_time(minutes=1)
    assert [a["status"] for a in toy.alerts(rule="feed_quiet")] == ["closed"]
    assert [info.language for info in toy.messages()[0].infos] == ["en", "kk"]


@pytest.mark.parametrize(
    ("minutes", "silence_min", "opens"),
    [
        pytest.param([5.0 * i for i in range(10)], 600, False, id="nine gaps are no rhythm"),
        pytest.param([i / 30 for i in range(60)], 60, False, id="a burst of two minutes is no rhythm"),
        pytest.param([1.0 * i for i in range(12)], 3, False, id="below four usual gaps"),
        pytest.param([1.0 * i for i in range(12)], 5, True, id="above four usual gaps"),
        pytest.param(
            [1440.0 * d + i / 10 for d in range(13) for i in range(30)],
            1440 * 2,
            False,
            id="a daily burst is quiet between",
        ),
    ],
)
def test_the_usual_gap_is_learnt(make: Callable[..., Toy], minutes: list[float], silence_min: int, opens: bool) -> None:
    toy = make()
    feed(toy, minutes)
    toy.pass_time(minutes=silence_min)
    assert bool(toy.alerts(rule="feed_quiet")) is opens


def test_the_settings_may_say_how_often_a_source_sends(make: Callable[..., Toy]) -> None:
    toy = make(sources={"tracker": {"every_s": 3600}})
    feed(toy, [0.0])
    toy.pass_time(hours=3)
    assert toy.alerts(rule="feed_quiet") == []
    toy.pass_time(hours=1)
    assert len(toy.alerts(rule="feed_quiet")) == 1


def test_a_view_hears_only_of_the_feeds_that_it_sees(make: Callable[..., Toy]) -> None:
    toy = make()
    for minute in range(15):
        toy.clock.at = NOON + timedelta(minutes=minute)
        toy.take(f"h{minute}", 0.0, Labels(), source_id="hidden")
        toy.take(f"s{minute}", 0.0, source_id="seen")
    toy.pass_time(minutes=10)
    assert {a["key"] for a in toy.alerts(OWN, "feed_quiet")} == {"hidden", "seen"}
    assert {a["key"] for a in toy.alerts(MEMBERS, "feed_quiet")} == {"seen"}
