"""The record that an observation saw."""


def record(stream: str, observation: str = "o", alias: str = "r") -> str:
    """A join of the `payload` that an observation (an alias with account, scope and content_hash) saw of `stream`.

    One lookup by key for each, for that is what the planner can count. Of a plain join on these three it thinks that they agree
    by chance, and expects one row of thousands; what comes next it then goes through once for each of them. No statistics
    tell it otherwise: Postgres asks none for a join of several columns.
    """
    return f"""cross join lateral (
        select payload from raw.{stream}
        where (account, scope, content_hash) = ({observation}.account, {observation}.scope, {observation}.content_hash)
        offset 0
    ) {alias}"""
