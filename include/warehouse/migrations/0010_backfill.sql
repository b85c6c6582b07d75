-- What a load cost, so that the next can be foretold; backfills with the journal of their windows.
SET LOCAL ROLE nightshift_owner;

ALTER TABLE raw.load_log ADD COLUMN requests int, ADD COLUMN seconds real;
COMMENT ON COLUMN raw.load_log.requests IS 'Sent to the vendor for this window, repeated ones included';
COMMENT ON COLUMN raw.load_log.seconds IS 'From the first request to the end of the load';

CREATE TABLE ops.backfill (
    backfill_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sources text[] NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day),
    replay boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE UNIQUE INDEX backfill_one_open ON ops.backfill (sources, first_day, last_day, replay) WHERE ended_at IS NULL;
COMMENT ON TABLE ops.backfill IS 'One row per wish; the same wish again takes up the one that has not ended';

CREATE TABLE ops.backfill_window (
    backfill_id bigint NOT NULL REFERENCES ops.backfill ON DELETE CASCADE,
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL CHECK (window_end > window_start),
    expected_seconds real NOT NULL,
    landed_at timestamptz,
    records bigint,
    seconds real,
    PRIMARY KEY (backfill_id, source, account, stream, window_start, window_end)
);
COMMENT ON TABLE ops.backfill_window IS 'The journal: what a backfill still has to ask for, and what has landed';

GRANT SELECT, INSERT, UPDATE ON ops.backfill TO nightshift_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.backfill_window TO nightshift_loader;
-- A replay that puts back lost rows says which records have to be built anew.
GRANT INSERT ON ops.touched TO nightshift_loader;
