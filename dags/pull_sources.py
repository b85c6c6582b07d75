"""Every night: pull each source's streams, close its business day, ring for the build."""

from airflow.sdk import DAG
from nightshift.assets import doorbells
from nightshift.days import after, nightly, scheduled_from
from nightshift.operators import CloseDay, PullStreams, SeeRed
from nightshift.pools import CLOSING_FIRST, NIGHT_FIRST
from nightshift.retries import NIGHT

from include.sources import REGISTRY

for source in REGISTRY.values():
    with DAG(
        f"pull_{source.name}",
        description=f"Pull {source.title} into the lake and raw, then close the business day",
        schedule=after(source.after) if source.after else nightly("0 2 * * *"),
        start_date=scheduled_from(),
        max_active_tasks=2,
        tags=["pull", source.name],
        **NIGHT,
    ):
        pulled = PullStreams.partial(
            task_id="pull",
            source=source.name,
            pool=source.pool,
            map_index_template="{{ task.streams | join(', ') }}",
            **NIGHT_FIRST,
        ).expand(streams=source.shares())
        closed = CloseDay(
            task_id="close_day", source=source.name, outlets=doorbells(source.name), **CLOSING_FIRST
        )
        pulled >> closed >> SeeRed(task_id="all_streams_landed", source=source.name)
