"""A Slack-compatible incoming webhook: takes JSON (or a form's `payload`), answers the text `ok`.

Slack allows one message a second per webhook with short bursts, and nothing marks a repeated message:
whoever sends twice is read twice.
"""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.bucket import Bucket

MESSAGES_PER_SECOND = 1
LONGEST_TEXT = 40_000
MOST_BLOCKS = 50
KIND = "slack_message"
REFUSALS = {"429": (429, "rate_limited"), "500": (500, "rollup_error"), "down": (503, "service_unavailable")}


class Refused(Exception):
    """Slack answers errors as plain text with a status."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


def connections(sandbox: Sandbox) -> list[Connection]:
    """The webhook's secret path is the password."""
    extra = {"messages_per_second": 20}
    return [Connection("slack", password=credentials.SLACK_WEBHOOK_PATH, extra=extra, destination=True)]


def router(sandbox: Sandbox) -> APIRouter:
    """`POST /slack/services/T/B/X`."""
    rate = MESSAGES_PER_SECOND * sandbox.limits.scale
    limit = Bucket(rate, 3 * rate)
    routes = APIRouter(prefix="/slack")

    @routes.post("/services/{team}/{bot}/{hook}")
    async def post(team: str, bot: str, hook: str, request: Request) -> Response:
        try:
            _check_hook(team, bot, hook)
            wait = limit.take()
            if wait:
                headers = {"Retry-After": str(max(1, round(wait)))}
                return Response("rate_limited", 429, headers, media_type="text/html")
            message = _message(await _payload(request))
        except Refused as refused:
            return Response(str(refused), refused.status, media_type="text/html")
        sandbox.state.append(KIND, {"at": sandbox.clock.now().isoformat(), **message})
        return Response("ok", media_type="text/html")

    return routes


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The messages posted, oldest first."""
    return {"messages": sandbox.state.all(KIND)}


def refusal(kind: str) -> Response | None:
    """Slack's own words for being limited, broken or down."""
    if kind not in REFUSALS:
        return None
    status, text = REFUSALS[kind]
    return Response(text, status, media_type="text/html")


def _check_hook(team: str, bot: str, hook: str) -> None:
    known_team, known_bot, known_hook = credentials.SLACK_WEBHOOK_PATH.split("/")[-3:]
    if (team, bot) != (known_team, known_bot):
        raise Refused(404, "no_service")
    if hook != known_hook:
        raise Refused(403, "invalid_token")


async def _payload(request: Request) -> Any:
    raw: str | bytes = await request.body()
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        raw = str((await request.form()).get("payload", ""))
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refused(400, "invalid_payload") from None


def _message(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise Refused(400, "invalid_payload")
    text, blocks = payload.get("text"), payload.get("blocks", [])
    if not text and not blocks and not payload.get("attachments"):
        raise Refused(400, "no_text")
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        raise Refused(400, "invalid_blocks")
    if any(not isinstance(block, dict) or "type" not in block for block in blocks):
        raise Refused(400, "invalid_blocks")
    if text is not None and not isinstance(text, str):
        raise Refused(400, "invalid_payload")
    return {
        "text": (text or "")[:LONGEST_TEXT],
        "blocks": blocks,
        "attachments": payload.get("attachments", []),
    }
