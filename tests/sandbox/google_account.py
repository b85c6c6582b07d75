"""Asking the sandbox's Google Ads account something, in as few lines as can be."""

import requests

from include.sandbox import credentials
from include.sandbox.server import Running


def google_token(running: Running) -> str:
    """An access token for the sandbox's refresh token."""
    form = {
        "grant_type": "refresh_token",
        "client_id": credentials.GOOGLE_CLIENT_ID,
        "client_secret": credentials.GOOGLE_CLIENT_SECRET,
        "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
    }
    return requests.post(f"{running.url}/google-oauth/token", data=form, timeout=5).json()["access_token"]


def google_rows(running: Running, query: str) -> list[dict]:
    """The rows of a GAQL query."""
    headers = {
        "developer-token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
        "Authorization": f"Bearer {google_token(running)}",
    }
    url = f"{running.url}/google-ads/v26/customers/{credentials.GOOGLE_ADS_CUSTOMER_ID}/googleAds:search"
    return requests.post(url, json={"query": query}, headers=headers, timeout=5).json().get("results", [])
