-- What was loaded, what was seen, what could not be used. Payload tables themselves are made per stream.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE raw.load_log (
    load_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('log', 'statement', 'snapshot')),
    mode text NOT NULL CHECK (mode IN ('nightly', 'backfill', 'replay')),
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL CHECK (window_end > window_start),
    epoch bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    run_id text NOT NULL,
    complete boolean NOT NULL,
    records bigint NOT NULL,
    new_payloads bigint NOT NULL,
    source_total bigint,
    quarantined bigint NOT NULL,
    bytes bigint NOT NULL,
    lake_uri text NOT NULL,
    status text NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'held', 'released')),
    status_reason text,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, account, stream, run_id, window_start, window_end)
);
COMMENT ON TABLE raw.load_log IS 'One row per loaded window; written in the transaction that brought its rows';
COMMENT ON COLUMN raw.load_log.epoch IS 'Taken before the first request; decides who is newer, not who commits last';

CREATE TABLE raw.observation (
    load_id bigint NOT NULL,
    stream text NOT NULL,
    account text NOT NULL,
    scope text NOT NULL,
    content_hash bytea NOT NULL,
    source_updated_at timestamptz,
    row_count int NOT NULL,
    PRIMARY KEY (load_id, scope)
);
-- No foreign key: both rows are written by one transaction, and a check per row would cost a tenth of a load.
CREATE INDEX observation_by_scope ON raw.observation (stream, account, scope);
COMMENT ON TABLE raw.observation IS 'Everything read, also when unchanged; stream is <source>_<stream>';

CREATE TABLE raw.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    load_id bigint REFERENCES raw.load_log ON DELETE CASCADE,
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    scope text,
    field text,
    reason text NOT NULL,
    payload jsonb,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE raw.drift (
    source text NOT NULL,
    stream text NOT NULL,
    path text NOT NULL,
    json_type text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    times bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (source, stream, path, json_type)
);
COMMENT ON TABLE raw.drift IS 'Fields a vendor sent that nobody asked for: path and type, never the value';

GRANT UPDATE (status, status_reason) ON raw.load_log TO nightshift_loader;
GRANT UPDATE ON raw.drift TO nightshift_loader;
GRANT DELETE ON raw.quarantine TO nightshift_loader;
