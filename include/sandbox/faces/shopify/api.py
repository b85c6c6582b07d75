"""The HTTP side: versions, tokens, throttling and Shopify's way of wording errors."""

import re
import secrets
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from starlette.concurrency import run_in_threadpool

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox
from include.sandbox.faces.shopify.bulk import Bulk
from include.sandbox.faces.shopify.context import Context
from include.sandbox.faces.shopify.cost import MOST_PER_QUERY, Buckets, Costing
from include.sandbox.faces.shopify.oauth import Tokens
from include.sandbox.faces.shopify.records import Finder
from include.sandbox.faces.shopify.resolvers import executable
from include.sandbox.faces.shopify.shop import Shop, Shops

VERSIONS = ("2025-10", "2026-01", "2026-04", "2026-07", "2026-10")
RATE_LIMITS = "https://shopify.dev/api/usage/rate-limits"

_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")
_WRONG_VALUE = re.compile(r"cannot represent|Expected value of type|does not exist in .* enum")


class Api:
    """One shop's GraphQL endpoint."""

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._schema = executable(sandbox.world)
        self._shops = Shops(sandbox.world)
        self._documents: dict[str, tuple[DocumentNode, list[dict[str, Any]]]] = {}
        self._finder: tuple[Shop, Finder] | None = None
        self._buckets = Buckets(sandbox.limits.scale)
        self.bulk = Bulk(sandbox, self._schema, self._shops)

    def answer(self, token: str, body: Any, base_url: str) -> dict[str, Any]:
        """The JSON answer to a GraphQL request; always HTTP 200."""
        try:
            document, errors = self._documents.get(body["query"]) or self._understand(body["query"])
        except GraphQLError as error:
            return {"errors": [error.formatted]}
        if errors:
            return {"errors": errors}
        operation = get_operation_ast(document, body.get("operationName"))
        if operation is None:
            return {"errors": [{"message": f"No operation named {body.get('operationName')!r}"}]}
        variables = body.get("variables") or {}
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        costing = Costing(self._schema, operation, fragments, variables)
        requested = costing.requested()
        if requested > MOST_PER_QUERY:
            return {"errors": [_too_costly(requested)]}
        if not self._buckets.spend(token, requested):
            return self._throttled(token, requested)
        context = self._context(base_url)
        result = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=variables,
            operation_name=body.get("operationName"),
        )
        return self._told(token, result, requested, costing, context)  # type: ignore[arg-type]

    def _understand(self, query: str) -> tuple[DocumentNode, list[dict[str, Any]]]:
        """The document and what is wrong with it, remembered: clients turn pages with the same query."""
        document = parse(query)
        understood = document, [_worded(error) for error in validate(self._schema, document)]
        if len(self._documents) > 200:
            self._documents.clear()
        self._documents[query] = understood
        return understood

    def _context(self, base_url: str) -> Context:
        shop = self._shops.at(self._sandbox.clock.now())
        if self._finder is None or self._finder[0] is not shop:
            self._finder = (shop, Finder(shop))
        return Context(shop, self._finder[1], self.bulk, base_url)

    def _told(
        self, token: str, result: ExecutionResult, requested: int, costing: Costing, context: Context
    ) -> dict[str, Any]:
        actual = min(requested, costing.actual(result.data)) if result.data else 0
        self._buckets.spend(token, actual - requested)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        answer["extensions"] = {"cost": self._cost(token, requested, actual)}
        if context.warnings:
            answer["extensions"]["search"] = context.warnings
        return answer

    def _throttled(self, token: str, requested: int) -> dict[str, Any]:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": RATE_LIMITS}}
        return {"errors": [error], "extensions": {"cost": self._cost(token, requested, None)}}

    def _cost(self, token: str, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": self._buckets.status(token),
        }


def router(sandbox: Sandbox) -> APIRouter:
    """Shopify's routes below /shopify."""
    routes = APIRouter(prefix="/shopify", tags=["shopify"])
    api, tokens = Api(sandbox), Tokens(sandbox)

    @routes.post("/admin/oauth/access_token")
    async def access_token(request: Request) -> Response:
        granted = tokens.grant(await _form(request))
        if granted is None:
            refused = {
                "error": "invalid_request",
                "error_description": "The client or its grant is not valid.",
            }
            return _json(refused, 400)
        return _json(granted)

    @routes.post("/admin/api/{version}/graphql.json")
    async def graphql(version: str, request: Request) -> Response:
        served = version if version in VERSIONS else VERSIONS[0]
        headers = {"X-Shopify-API-Version": served, "X-Request-Id": secrets.token_hex(16)}
        token = request.headers.get("X-Shopify-Access-Token")
        if token is None or not tokens.is_good(token):
            reason = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return _json({"errors": reason}, 401, headers)
        body = _body(await request.body())
        if body is None:
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400, headers)
        # a branch is mounted below the sandbox's own address, which is all that `base_url` tells
        mounted = request.scope.get("root_path", "")
        base_url = str(request.base_url).rstrip("/").removesuffix(mounted) + mounted
        return _json(await run_in_threadpool(api.answer, token, body, base_url), 200, headers)

    @routes.get("/_storage/{name}")
    def result_file(name: str) -> Response:
        path = api.bulk.file(name)
        return FileResponse(path, media_type="application/jsonl") if path else Response(status_code=404)

    return routes


def connections(sandbox: Sandbox) -> list[Connection]:
    """A custom app's token of the shop, and of every branch's."""
    shops = [sandbox.world, *sandbox.world.branches]
    return [
        Connection(
            "shopify" if number == 1 else f"shopify_{number}",
            "/shopify" if number == 1 else f"/branches/{number}/shopify",
            password=credentials.SHOPIFY_TOKEN,
            extra={"account": world.company.shop_domain},
            simulates=("orders", "customers", "checkouts", "returns") if number == 1 else ("branches",),
        )
        for number, world in enumerate(shops, 1)
    ]


def refusal(kind: str) -> Response | None:
    """Shopify's own answers to an outage and to too many requests."""
    if kind == "429":
        reason = "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
        return _json({"errors": reason}, 429)
    if kind == "500":
        return _json({"errors": "Internal Server Error"}, 500)
    return None


async def _form(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        content = await request.json()
        return content if isinstance(content, dict) else {}
    return dict(await request.form())


def _body(content: bytes) -> Any:
    try:
        body = orjson.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("query"), str) else None


def _worded(error: GraphQLError) -> dict[str, Any]:
    """A validation error in Shopify's words and codes."""
    told: dict[str, Any] = dict(error.formatted)
    if found := _UNKNOWN_FIELD.search(error.message):
        field, kind = found.groups()
        told["message"] = f"Field '{field}' doesn't exist on type '{kind}'"
        told["extensions"] = {"code": "undefinedField", "typeName": kind, "fieldName": field}
    elif found := _UNKNOWN_ARGUMENT.search(error.message):
        argument, kind, field = found.groups()
        told["message"] = f"Field '{field}' doesn't accept argument '{argument}'"
        told["extensions"] = {"code": "argumentNotAccepted", "name": field, "argumentName": argument}
    elif _WRONG_VALUE.search(error.message):
        told["extensions"] = {"code": "argumentLiteralsIncompatible"}
    return told


def _too_costly(cost: int) -> dict[str, Any]:
    message = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_PER_QUERY})."
    details = {
        "code": "MAX_COST_EXCEEDED",
        "cost": cost,
        "maxCost": MOST_PER_QUERY,
        "documentation": RATE_LIMITS,
    }
    return {"message": message, "extensions": details}


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
