"""The one file Airflow's plugin loader may import: it imports every other one under its bare name."""

from airflow.plugins_manager import AirflowPlugin
from nightshift import ahead


class NightshiftPlugin(AirflowPlugin):
    """Registers Nightshift, so that `airflow plugins` shows which build of it a worker runs."""

    name = "nightshift"
    listeners = [ahead]
