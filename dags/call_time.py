"""At call time whoever is silent is stale and the night goes on; an hour later somebody hears if no mart came."""

from airflow.sdk import DAG
from nightshift.assets import CALL_TIME
from nightshift.calls import CloseSilentSources, SoundLateNight
from nightshift.days import nightly, scheduled_from
from nightshift.retries import NIGHT

with DAG(
    "call_time",
    description="Close silent sources as stale and ring for the build",
    schedule=nightly("0 5 * * *"),
    start_date=scheduled_from(),
    tags=["night"],
    **NIGHT,
):
    CloseSilentSources(task_id="close_silent_sources", outlets=[CALL_TIME])

with DAG(
    "marts_deadline",
    description="Say so when the marts of the night are not out by 06:00",
    schedule=nightly("0 6 * * *"),
    start_date=scheduled_from(),
    tags=["night"],
    **NIGHT,
):
    SoundLateNight(task_id="sound_late_night")
