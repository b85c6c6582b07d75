"""The outbox: every action leaves once, or says that it may have left twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from include.activation import ledger
from include.activation.destinations.base import Unsure
from include.activation.ledger import Plan, Receipt
from include.errors import FixCredentials, Stop, Wait
from include.warehouse.connect import connect
from tests.activation.house import DAY, actions


def plan(settings, *keys, mode="act", **payload) -> int:
    with connect(settings, "activation") as conn:
        return ledger.plan(conn, DAY, [Plan("note", key, "slack", mode, payload) for key in keys])


def send(settings, deliver) -> ledger.Sent:
    return ledger.send(settings, ["note"], "slack", deliver)


class Receiver:
    """Keeps the keys it gets; raises what it is told to."""

    def __init__(self, *errors):
        self.got, self._errors = [], list(errors)

    def __call__(self, action):
        self.got.append(action.action_key)
        if self._errors:
            raise self._errors.pop(0)
        return Receipt({"ok": True}, {"purpose": "ads"})


def test_a_confirmed_action_never_leaves_again(settings):
    receiver = Receiver()
    assert plan(settings, "a", "b") == 2
    assert send(settings, receiver).confirmed == 2
    assert plan(settings, "a", "b", text="changed") == 0
    assert send(settings, receiver) == ledger.Sent()
    assert receiver.got == ["a", "b"]
    [first, _] = actions(settings)
    assert (first["status"], first["receipt"], first["consent"]) == (
        "confirmed",
        {"ok": True},
        {"purpose": "ads"},
    )
    assert first["payload"] == {}


def test_observing_plans_and_sends_nothing_until_the_mode_changes(settings):
    receiver = Receiver()
    plan(settings, "a", mode="observe", text="old")
    assert send(settings, receiver) == ledger.Sent()
    assert plan(settings, "a", mode="act", text="new") == 0
    assert send(settings, receiver).confirmed == 1
    assert actions(settings)[0]["payload"] == {"text": "new"}


def test_a_proposal_leaves_when_a_person_says_yes(settings):
    receiver = Receiver()
    plan(settings, "a", mode="propose")
    assert send(settings, receiver) == ledger.Sent()
    ledger.approve(settings, actions(settings)[0]["action_id"], "ann")
    assert send(settings, receiver).confirmed == 1


def test_what_must_wait_is_tried_again_with_the_same_key_and_is_no_repetition(settings):
    receiver = Receiver(Wait("429"))
    plan(settings, "a")
    sent = send(settings, receiver)
    assert (sent.waiting, sent.errors) == (1, ["429"])
    with pytest.raises(Wait, match="429"):
        sent.raise_what_is_left()
    assert send(settings, receiver).confirmed == 1
    [action] = actions(settings)
    assert (action["attempts"], action["possibly_repeated"], receiver.got) == (2, False, ["a", "a"])


def test_a_lost_answer_makes_the_next_copy_a_possible_repetition(settings):
    plan(settings, "a")
    send(settings, Receiver(Unsure("connection lost")))
    send(settings, Receiver())
    assert actions(settings)[0]["possibly_repeated"] is True


def test_a_crash_between_sending_and_confirming_is_remembered(settings):
    plan(settings, "a", "b")
    with pytest.raises(KeyboardInterrupt):
        send(settings, Receiver(KeyboardInterrupt()))
    assert [action["status"] for action in actions(settings)] == ["sending", "proposed"]
    assert send(settings, Receiver()).confirmed == 2
    assert [action["possibly_repeated"] for action in actions(settings)] == [True, False]


def test_one_failure_does_not_stop_the_others_and_is_tried_next_time(settings):
    plan(settings, "a", "b")
    sent = send(settings, Receiver(Stop("refused")))
    assert (sent.failed, sent.confirmed) == (1, 1)
    assert actions(settings)[0]["last_error"] == "refused"
    with pytest.raises(Stop, match="note to slack: refused"):
        sent.raise_what_is_left()
    assert send(settings, Receiver()).confirmed == 1


def test_refused_credentials_turn_the_task_red_after_everything_was_tried(settings):
    plan(settings, "a", "b", "c")
    sent = send(settings, Receiver(FixCredentials("slack answered 403: renew it"), Stop("no such channel")))
    assert (sent.failed, sent.confirmed) == (2, 1)
    with pytest.raises(
        FixCredentials, match=r"2 actions failed: note to slack: slack answered 403: renew it; note"
    ):
        sent.raise_what_is_left()


def test_what_can_wait_is_tried_again_before_a_person_is_called(settings):
    plan(settings, "a", "b")
    sent = send(settings, Receiver(Stop("refused"), Wait("429")))
    with pytest.raises(Wait, match="429; and 1 failed: note to slack: refused"):
        sent.raise_what_is_left()


def test_what_has_ended_forgets_whom_it_was_about(settings):
    for key in ("a", "b"):
        plan(settings, key, customer_keys=["ann", "bob"], operation="remove")
    hashes = [action["payload_hash"] for action in actions(settings)]
    with connect(settings, "activation") as conn:
        ledger.cancel_others(conn, "note", "slack", ["a"])
    send(settings, Receiver())
    assert [action["payload"] for action in actions(settings)] == [
        {"customers": 2, "operation": "remove"}
    ] * 2
    assert [action["payload_hash"] for action in actions(settings)] == hashes


def test_two_senders_at_once_send_each_action_once(settings):
    keys = [f"k{n}" for n in range(30)]
    plan(settings, *keys)
    start, receiver = Barrier(3), Receiver()

    def work(_):
        start.wait()
        return send(settings, receiver).confirmed

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 30
    assert sorted(receiver.got) == sorted(keys)


def test_what_is_not_wanted_any_more_is_cancelled_unless_it_left(settings):
    plan(settings, "a")
    send(settings, Receiver())
    plan(settings, "b", "c")
    with connect(settings, "activation") as conn:
        assert ledger.cancel_others(conn, "note", "slack", ["c"]) == 1
    assert [action["status"] for action in actions(settings)] == ["confirmed", "cancelled", "proposed"]
    assert send(settings, Receiver()).confirmed == 1
    plan(settings, "b")
    assert send(settings, Receiver()).confirmed == 1


def test_what_is_being_sent_is_not_cancelled(settings):
    plan(settings, "a")

    def cancel_meanwhile(action):
        with connect(settings, "activation") as conn:
            assert ledger.cancel_others(conn, "note", "slack", []) == 0
        return Receipt({})

    assert send(settings, cancel_meanwhile).confirmed == 1
    assert actions(settings)[0]["status"] == "confirmed"


def test_what_was_accepted_is_asked_after_and_neither_sent_again_nor_cancelled(settings):
    plan(settings, "a", customer_keys=["k"])
    accepted = send(settings, lambda action: Receipt({"request": 1}, {"said": "yes"}, is_settled=False))
    assert (accepted.confirmed, accepted.pending) == (0, 1)
    with connect(settings, "activation") as conn:
        assert ledger.cancel_others(conn, "note", "slack", []) == 0
    assert plan(settings, "a", customer_keys=["other"]) == 0
    assert send(settings, Receiver()) == ledger.Sent()
    asked = []

    def ask(action):
        asked.append((action.receipt, action.payload["customer_keys"]))
        return Receipt({"request": 1, "status": "done"})

    assert ledger.send(settings, ["note"], "slack", ask, accepted=True).confirmed == 1
    assert asked == [({"request": 1}, ["k"])]
    [action] = actions(settings)
    assert (action["status"], action["possibly_repeated"]) == ("confirmed", False)
    assert (action["consent"], action["payload"]) == ({"said": "yes"}, {"customers": 1})


def test_what_could_not_be_asked_after_stays_accepted_and_what_failed_is_sent_anew(settings):
    plan(settings, "a")
    send(settings, lambda action: Receipt({"request": 1}, is_settled=False))
    assert ledger.send(settings, ["note"], "slack", Receiver(Wait("later")), accepted=True).waiting == 1
    assert actions(settings)[0]["receipt"] == {"request": 1}
    assert ledger.send(settings, ["note"], "slack", Receiver(Stop("refused")), accepted=True).failed == 1
    assert actions(settings)[0]["receipt"] is None
    assert send(settings, Receiver()).confirmed == 1


@pytest.mark.parametrize("accepted", [False, True])
def test_a_mistake_of_ours_ends_its_own_action_only_and_quotes_nothing(settings, caplog, accepted):
    plan(settings, "a", "b")
    if accepted:
        send(settings, lambda action: Receipt({"request": 1}, is_settled=False))
    sent = ledger.send(settings, ["note"], "slack", Receiver(KeyError("ann@example.com")), accepted=accepted)
    assert (sent.failed, sent.confirmed) == (1, 1)
    with pytest.raises(Stop, match="note to slack: unforeseen KeyError"):
        sent.raise_what_is_left()
    assert "KeyError" in caplog.text
    assert "ann@example.com" not in caplog.text + str(actions(settings))
    assert send(settings, Receiver()).confirmed == 1
    assert actions(settings)[0]["possibly_repeated"] is not accepted
