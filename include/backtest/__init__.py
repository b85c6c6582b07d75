"""Restock decisions tried on the past: what our policy and two moving averages would have held and lost."""
