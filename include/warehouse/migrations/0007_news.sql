-- Every night reads some of the past again. A load is news when any record of it is not what the published
-- build last heard of that record.
SET LOCAL ROLE nightshift_owner;

CREATE FUNCTION ops.is_news(of_load bigint, published bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM raw.observation AS heard
        WHERE heard.load_id = of_load
          AND heard.content_hash IS DISTINCT FROM (
            SELECT known.content_hash
            FROM raw.observation AS known
            JOIN ops.build_load AS frozen ON frozen.load_id = known.load_id AND frozen.build_id = published
            WHERE (known.stream, known.account, known.scope) = (heard.stream, heard.account, heard.scope)
            ORDER BY known.load_id DESC
            LIMIT 1
          )
    )
$$;

GRANT EXECUTE ON FUNCTION ops.is_news(bigint, bigint) TO nightshift_loader, nightshift_publisher;
