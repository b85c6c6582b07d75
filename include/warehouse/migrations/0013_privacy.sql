-- People's requests: named in any of the ways a person can be named, due by the strictest rule, done when proven.
SET LOCAL ROLE nightshift_owner;

ALTER TABLE pii.request DROP CONSTRAINT request_kind_check;
ALTER TABLE pii.request
    ALTER COLUMN subject TYPE jsonb
        USING CASE WHEN subject IS NOT NULL THEN jsonb_build_object('email', subject) END,
    ADD COLUMN via text NOT NULL DEFAULT 'command' CHECK (via IN ('command', 'inbox', 'shopify', 'returned')),
    ADD COLUMN reference text,
    ADD COLUMN due_rule text,
    ADD COLUMN begun_at timestamptz,
    ADD COLUMN waiting_for text,
    ADD COLUMN run_id text,
    ADD CONSTRAINT request_kind_check CHECK (kind IN ('erasure', 'access', 'opt_out', 'store_erasure')),
    ADD CONSTRAINT request_taken_once UNIQUE (via, reference),
    ADD CONSTRAINT request_forgets_its_subject CHECK (done_at IS NULL OR subject IS NULL);
COMMENT ON COLUMN pii.request.subject IS 'Who asks, and what must be found nowhere any more; forgotten when it is done';
COMMENT ON COLUMN pii.request.reference IS 'What the sender calls the request: the same is taken once';
COMMENT ON COLUMN pii.request.waiting_for IS 'Why it was carried out and is not done: never names the person';

-- An erased person whom the vendor still tells of makes a load smaller than the vendor's own count.
ALTER TABLE raw.load_log ADD COLUMN erased bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN raw.load_log.erased IS 'Records left out, because the person they are has been erased';

-- Consent is evidence: it is added to, and leaves only with the person. Two functions may move it or take it away, and
-- a setting that hangs on them tells the trigger so.
CREATE FUNCTION pii.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('nightshift.consent_may_go', true) = 'yes' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'consent is only ever added to';
END $$;
CREATE TRIGGER consent_is_only_added_to BEFORE UPDATE OR DELETE ON pii.consent
    FOR EACH ROW EXECUTE FUNCTION pii.refuse_change();
CREATE TRIGGER consent_is_never_emptied BEFORE TRUNCATE ON pii.consent
    FOR EACH STATEMENT EXECUTE FUNCTION pii.refuse_change();

CREATE FUNCTION pii.forget_consent(keys text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM pii.consent WHERE customer_key = ANY (keys) RETURNING 1) SELECT count(*) FROM gone
$$;
REVOKE DELETE ON pii.consent FROM nightshift_privacy;

-- Somebody erased came back under an address nobody knew: whoever loads may say so, and learns nothing.
CREATE FUNCTION pii.note_return(keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO pii.request (kind, subject, via, due_rule)
    SELECT 'erasure', jsonb_build_object('keys', jsonb_build_array(key)), 'returned', 'the request answered before'
    FROM unnest(keys) AS key
    WHERE NOT EXISTS (
        SELECT FROM pii.request AS open
        WHERE open.done_at IS NULL AND open.subject @> jsonb_build_object('keys', jsonb_build_array(key))
    )
$$;

GRANT SELECT, DELETE ON pii.identity TO nightshift_privacy;
GRANT EXECUTE ON FUNCTION pii.forget_consent(text[]) TO nightshift_privacy;
GRANT EXECUTE ON FUNCTION pii.note_return(text[]) TO nightshift_loader;
-- A proof that somebody is nowhere looks everywhere.
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner IN SCHEMA ops GRANT SELECT ON TABLES TO nightshift_privacy;

-- A person may be suppressed under a phone number or a key as well as under an address, so the hashes of one person are
-- more than the keys of the list: the version is told beside them.
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA ops TO nightshift_privacy;
DO $$
DECLARE
    body text := pg_get_functiondef('pii.load_vault(jsonb)'::regprocedure);
BEGIN
    body := replace(body, 'suppression jsonb, consents jsonb', 'suppression jsonb, key_version int, consents jsonb');
    body := replace(body, 'p.source, p.hmacs', 'p.source, p.hmacs, p.key_version');
    body := replace(body, 'cardinality(moved.hmacs), s.reason', 'moved.key_version, s.reason');
    EXECUTE body;
END $$;
ALTER FUNCTION pii.load_vault(jsonb) SET nightshift.consent_may_go = 'yes';
ALTER FUNCTION pii.forget_consent(text[]) SET nightshift.consent_may_go = 'yes';
