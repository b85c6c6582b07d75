-- Every night reads some of the past again and hears mostly the same. A record is touched when something is told of it that
-- was not known: other content, another time of update, or the same out of turn. What merely repeats the newest that the
-- published build knows changes neither which version counts nor which versions there were.
SET LOCAL ROLE nightshift_owner;

CREATE OR REPLACE FUNCTION ops.touched_scopes(of_source text, of_stream text)
RETURNS TABLE (account text, scope text)
LANGUAGE sql STABLE AS $$
    WITH running AS MATERIALIZED (SELECT build_id FROM ops.build WHERE status = 'running'),
    published AS MATERIALIZED (
        SELECT build_id, started_at - interval '1 hour' AS since FROM ops.build
        WHERE status = 'published' ORDER BY build_id DESC LIMIT 1
    ),
    added AS MATERIALIZED (
        SELECT load.load_id, load.epoch FROM ops.build_load AS frozen
        JOIN raw.load_log AS load ON load.load_id = frozen.load_id
        WHERE frozen.build_id = (SELECT build_id FROM running) AND frozen.is_new
          AND load.source = of_source AND load.stream = of_stream
    ),
    removed AS MATERIALIZED (
        SELECT earlier.load_id FROM ops.build_load AS earlier
        WHERE earlier.build_id >= coalesce((SELECT build_id FROM published), 0)
          AND earlier.build_id < (SELECT build_id FROM running)
          AND NOT EXISTS (
            SELECT FROM ops.build_load AS now
            WHERE now.build_id = (SELECT build_id FROM running) AND now.load_id = earlier.load_id
          )
    )
    SELECT seen.account, seen.scope
    FROM raw.observation AS seen
    JOIN added ON added.load_id = seen.load_id
    WHERE NOT EXISTS (
        SELECT FROM (
            SELECT known.content_hash, known.source_updated_at, load.epoch
            FROM raw.observation AS known
            JOIN ops.build_load AS frozen
                ON frozen.load_id = known.load_id AND frozen.build_id = (SELECT build_id FROM published)
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
    SELECT seen.account, seen.scope FROM raw.observation AS seen
    WHERE seen.load_id IN (SELECT load_id FROM removed) AND seen.stream = of_source || '_' || of_stream
    UNION
    SELECT seen.account, seen.scope FROM raw.observation AS seen
    JOIN added ON added.load_id = seen.load_id
    JOIN ops.tombstone AS t
        ON t.source = of_source AND t.stream = of_stream AND t.account = seen.account AND t.scope = seen.scope
    UNION
    SELECT t.account, t.scope FROM ops.tombstone AS t
    WHERE t.source = of_source AND t.stream = of_stream
      AND t.detected_at >= coalesce((SELECT since FROM published), '-infinity')
    UNION
    SELECT t.account, t.scope FROM ops.touched AS t
    WHERE t.source = of_source AND t.stream = of_stream
      AND t.at >= coalesce((SELECT since FROM published), '-infinity')
$$;
