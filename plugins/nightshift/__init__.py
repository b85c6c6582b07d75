"""Airflow's vocabulary for Nightshift: the only place where Airflow meets `include/`."""
