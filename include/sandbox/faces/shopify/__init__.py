"""Shopify's Admin GraphQL API, as far as a shop's night needs it.

`POST /shopify/admin/api/{version}/graphql.json` and `POST /shopify/admin/oauth/access_token`.
"""

from include.sandbox.faces.shopify.api import connections, refusal, router

__all__ = ["connections", "refusal", "router"]
