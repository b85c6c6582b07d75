"""Slack's incoming webhook as the sandbox plays it."""

import json

import pytest
import requests

from include.sandbox import credentials
from tests.sandbox.tiny import served, strict


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "slack") as running:
        yield running


def post(running, path: str = credentials.SLACK_WEBHOOK_PATH, **how) -> requests.Response:
    return requests.post(f"{running.url}{path}", timeout=5, **how)


def messages(running) -> list[dict]:
    return requests.get(f"{running.url}/_sandbox/messages", timeout=5).json()


def test_messages_are_kept_in_order(running):
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Reorder*"}}]
    answer = post(running, json={"text": "Reorder", "blocks": blocks})
    assert (answer.status_code, answer.text) == (200, "ok")
    post(running, data={"payload": json.dumps({"text": "second"})})
    assert [message["text"] for message in messages(running)] == ["Reorder", "second"]
    assert messages(running)[0]["blocks"] == blocks


@pytest.mark.parametrize(
    ("how", "status", "text"),
    [
        pytest.param({"data": b"{not json"}, 400, "invalid_payload", id="no json"),
        pytest.param({"json": ["text"]}, 400, "invalid_payload", id="a list"),
        pytest.param({"json": {}}, 400, "no_text", id="empty"),
        pytest.param(
            {"json": {"text": "x", "blocks": [{"type": "divider"}] * 51}}, 400, "invalid_blocks", id="long"
        ),
        pytest.param(
            {"json": {"text": "x"}, "path": "/slack/services/T/B/x"}, 404, "no_service", id="unknown"
        ),
        pytest.param(
            {"json": {"text": "x"}, "path": "/slack/services/TSANDBOX/BSANDBOX/x"},
            403,
            "invalid_token",
            id="token",
        ),
    ],
)
def test_what_slack_refuses_it_names(running, how, status, text):
    answer = post(running, **how)
    assert (answer.status_code, answer.text) == (status, text)
    assert messages(running) == []


def test_more_than_a_message_a_second_has_to_wait(tmp_path):
    with served(tmp_path, "slack", limits=strict()) as running:
        answers = [post(running, json={"text": "x"}) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
