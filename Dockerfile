# One image for every Airflow process and for the sandbox company.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONPATH=/opt/nightshift \
    AIRFLOW_HOME=/var/lib/nightshift/airflow \
    NIGHTSHIFT_HOME=/var/lib/nightshift

RUN useradd --create-home --uid 50000 nightshift \
    && install -d -o nightshift /opt/nightshift \
    && install -d -o nightshift -m 0700 /var/lib/nightshift

WORKDIR /opt/nightshift
COPY requirements.txt requirements-dev.txt requirements-uv.txt ./
RUN pip install --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes \
        -r requirements.txt -r requirements-dev.txt

COPY --chown=nightshift . .
USER nightshift
CMD ["airflow", "version"]
