-- What the machine did: epochs, days, cursors, builds, gates.
SET LOCAL ROLE nightshift_owner;

CREATE SEQUENCE ops.epoch;

CREATE TABLE ops.company (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    company text NOT NULL,
    timezone text NOT NULL,
    currency text NOT NULL,
    country text NOT NULL,
    simulated text NOT NULL
);
COMMENT ON COLUMN ops.company.simulated IS 'Comma list of inputs that are made up; empty when all are real';

CREATE TABLE ops.stream_day (
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    day date NOT NULL,
    status text NOT NULL CHECK (status IN ('landed', 'stale', 'failed', 'not_askable')),
    rows bigint,
    why text,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, account, stream, day)
);
CREATE INDEX stream_day_by_day ON ops.stream_day (day);

CREATE TABLE ops.cursor (
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    landed_until timestamptz NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (source, account, stream)
);

CREATE TABLE ops.customer_alias (
    alias_key text PRIMARY KEY,
    customer_key text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CHECK (alias_key <> customer_key)
);
CREATE INDEX customer_alias_by_customer ON ops.customer_alias (customer_key);

CREATE TABLE ops.tombstone (
    source text NOT NULL,
    account text NOT NULL,
    stream text NOT NULL,
    scope text NOT NULL,
    detected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, account, stream, scope)
);

CREATE TABLE ops.touched (
    source text NOT NULL,
    stream text NOT NULL,
    account text NOT NULL,
    scope text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX touched_at ON ops.touched (at);
COMMENT ON TABLE ops.touched IS 'Records changed in raw other than by a load (erasure): to be built anew';

CREATE TABLE ops.build (
    build_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    as_of_day date NOT NULL,
    as_of_end timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'failed', 'published')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    reason text,
    full_refresh boolean NOT NULL DEFAULT false,
    fingerprint text
);
CREATE UNIQUE INDEX build_one_running ON ops.build ((status)) WHERE status = 'running';
COMMENT ON COLUMN ops.build.fingerprint IS 'Of everything the incremental models depend on; a change means full refresh';

CREATE TABLE ops.build_load (
    build_id bigint NOT NULL REFERENCES ops.build ON DELETE CASCADE,
    load_id bigint NOT NULL REFERENCES raw.load_log ON DELETE CASCADE,
    is_new boolean NOT NULL,
    PRIMARY KEY (build_id, load_id)
);

CREATE TABLE ops.gate_result (
    build_id bigint NOT NULL REFERENCES ops.build ON DELETE CASCADE,
    gate text NOT NULL CHECK (gate IN ('entering', 'leaving')),
    check_name text NOT NULL,
    target text NOT NULL,
    success boolean NOT NULL,
    observed jsonb,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gate_result_by_build ON ops.gate_result (build_id);

-- A model's transaction starts by taking its build's row. A taken-over builder finds it gone and stops;
-- a taker waits for the model that holds it.
CREATE FUNCTION ops.hold_build() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine text := nullif(current_setting('nightshift.build_id', true), '');
    held bigint;
BEGIN
    SELECT build_id INTO held FROM ops.build
    WHERE status = 'running' AND (mine IS NULL OR build_id = mine::bigint)
    FOR SHARE;
    IF held IS NULL THEN
        RAISE EXCEPTION 'build % is not running: it has ended or was taken over', coalesce(mine, '(any)');
    END IF;
    RETURN held;
END $$;

-- Records that the running build must compute anew: those of loads whose acceptance changed since the
-- last publication, in either direction, and those deleted or erased since.
CREATE FUNCTION ops.touched_scopes(of_source text, of_stream text)
RETURNS TABLE (account text, scope text)
LANGUAGE sql STABLE AS $$
    WITH running AS MATERIALIZED (SELECT build_id FROM ops.build WHERE status = 'running'),
    published AS MATERIALIZED (
        SELECT build_id, started_at - interval '1 hour' AS since FROM ops.build
        WHERE status = 'published' ORDER BY build_id DESC LIMIT 1
    ),
    moved AS MATERIALIZED (
        SELECT load_id FROM ops.build_load
        WHERE build_id = (SELECT build_id FROM running) AND is_new
        UNION
        SELECT earlier.load_id FROM ops.build_load AS earlier
        WHERE earlier.build_id >= coalesce((SELECT build_id FROM published), 0)
          AND earlier.build_id < (SELECT build_id FROM running)
          AND NOT EXISTS (
            SELECT FROM ops.build_load AS now
            WHERE now.build_id = (SELECT build_id FROM running) AND now.load_id = earlier.load_id
          )
    )
    SELECT seen.account, seen.scope FROM raw.observation AS seen
    WHERE seen.load_id IN (SELECT load_id FROM moved) AND seen.stream = of_source || '_' || of_stream
    UNION
    SELECT t.account, t.scope FROM ops.tombstone AS t
    WHERE t.source = of_source AND t.stream = of_stream
      AND t.detected_at >= coalesce((SELECT since FROM published), '-infinity')
    UNION
    SELECT t.account, t.scope FROM ops.touched AS t
    WHERE t.source = of_source AND t.stream = of_stream
      AND t.at >= coalesce((SELECT since FROM published), '-infinity')
$$;

GRANT USAGE ON SEQUENCE ops.epoch TO nightshift_loader;
GRANT SELECT ON ops.company, ops.stream_day, ops.build
    TO nightshift_loader, nightshift_transformer, nightshift_publisher, nightshift_activation, nightshift_privacy;
GRANT INSERT, UPDATE ON ops.stream_day TO nightshift_loader;
GRANT SELECT, INSERT, UPDATE ON ops.cursor TO nightshift_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.tombstone TO nightshift_loader;
GRANT SELECT ON ops.customer_alias, ops.tombstone, ops.touched, ops.build_load, ops.cursor
    TO nightshift_transformer, nightshift_publisher, nightshift_privacy;
GRANT SELECT ON ops.customer_alias TO nightshift_activation;
GRANT SELECT, DELETE ON ops.build_load TO nightshift_loader;
GRANT INSERT, DELETE ON ops.build_load TO nightshift_publisher;
GRANT INSERT, UPDATE ON ops.build TO nightshift_publisher;
GRANT SELECT, INSERT ON ops.gate_result TO nightshift_loader, nightshift_transformer, nightshift_publisher;
GRANT SELECT ON ops.gate_result TO nightshift_activation;
GRANT INSERT, DELETE ON ops.touched TO nightshift_privacy;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.customer_alias TO nightshift_privacy;
GRANT EXECUTE ON FUNCTION ops.hold_build(), ops.touched_scopes(text, text)
    TO nightshift_transformer, nightshift_publisher;
