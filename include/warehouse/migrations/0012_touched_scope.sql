-- What a build computes anew is asked for by some twenty models, and telling it means to look every record of the new loads up
-- among all that is known: it is told once, before the first model, and looked up afterwards. A load that was built and is
-- accepted no more makes the next build start from nothing, so only what came in, went or was erased is told.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.touched_scope (
    source text NOT NULL,
    stream text NOT NULL,
    account text NOT NULL,
    scope text NOT NULL,
    PRIMARY KEY (source, stream, account, scope)
);
COMMENT ON TABLE ops.touched_scope IS 'Records the running build computes anew; none when it makes everything from nothing';

-- Called before the first model; returns how many records are touched. A builder that was taken over is refused.
CREATE FUNCTION ops.note_touched() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    running ops.build;
    published ops.build;
    noted bigint;
BEGIN
    SELECT * INTO running FROM ops.build WHERE build_id = (SELECT ops.hold_build());
    SELECT * INTO published FROM ops.build WHERE status = 'published' ORDER BY build_id DESC LIMIT 1;
    DELETE FROM ops.touched_scope;
    IF running.full_refresh OR published.build_id IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO ops.touched_scope (source, stream, account, scope)
    WITH added AS MATERIALIZED (
        SELECT load.load_id, load.source, load.stream, load.epoch FROM ops.build_load AS frozen
        JOIN raw.load_log AS load ON load.load_id = frozen.load_id
        WHERE frozen.build_id = running.build_id AND frozen.is_new AND load.kind <> 'snapshot'
    )
    SELECT added.source, added.stream, seen.account, seen.scope
    FROM added
    JOIN raw.observation AS seen ON seen.load_id = added.load_id
    WHERE NOT EXISTS (
        SELECT FROM (
            SELECT known.content_hash, known.source_updated_at, load.epoch
            FROM raw.observation AS known
            JOIN ops.build_load AS frozen
                ON frozen.load_id = known.load_id AND frozen.build_id = published.build_id
            JOIN raw.load_log AS load ON load.load_id = known.load_id
            WHERE (known.stream, known.account, known.scope) = (seen.stream, seen.account, seen.scope)
            ORDER BY load.epoch DESC, known.load_id DESC
            LIMIT 1
        ) AS newest
        WHERE newest.content_hash = seen.content_hash
          AND newest.source_updated_at IS NOT DISTINCT FROM seen.source_updated_at
          AND newest.epoch <= added.epoch
    )
    UNION
    SELECT gone.source, gone.stream, gone.account, gone.scope
    FROM added
    JOIN raw.observation AS seen ON seen.load_id = added.load_id
    JOIN ops.tombstone AS gone
        ON (gone.source, gone.stream, gone.account, gone.scope) = (added.source, added.stream, seen.account, seen.scope)
    UNION
    SELECT source, stream, account, scope FROM ops.tombstone
    WHERE detected_at >= published.started_at - interval '1 hour'
    UNION
    SELECT source, stream, account, scope FROM ops.touched
    WHERE at >= published.started_at - interval '1 hour';
    GET DIAGNOSTICS noted = ROW_COUNT;
    ANALYZE ops.touched_scope;
    RETURN noted;
END $$;

DROP FUNCTION ops.touched_scopes(text, text);
GRANT SELECT ON ops.touched_scope TO nightshift_transformer, nightshift_publisher;
GRANT EXECUTE ON FUNCTION ops.note_touched() TO nightshift_transformer, nightshift_publisher;
