-- What readers see beside the marts: when which night was published.
SET LOCAL ROLE nightshift_publisher;

CREATE TABLE mart._publication (
    publication_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id bigint NOT NULL UNIQUE,
    as_of_day date NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    tables jsonb NOT NULL
);
COMMENT ON TABLE mart._publication IS 'One row per publication; all marts change together with it';
COMMENT ON COLUMN mart._publication.publication_id IS 'Counts up with every publication';
COMMENT ON COLUMN mart._publication.build_id IS 'The build that was published';
COMMENT ON COLUMN mart._publication.as_of_day IS 'The newest business day the marts describe';
COMMENT ON COLUMN mart._publication.published_at IS 'When readers began to see it (UTC)';
COMMENT ON COLUMN mart._publication.tables IS 'Per table: rows, added, changed, removed';
