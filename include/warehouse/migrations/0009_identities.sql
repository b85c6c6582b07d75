-- One person may be known to several sources (the shop, the mail platform), each with an id of its own. The person has
-- one row in pii.customer, made from the newest facts whoever tells them; pii.identity keeps who is who at each source,
-- so that a changed address is still recognised when another source spoke last.
--
-- People who change their address take along what they said. A vendor's record has one key at a time: every statement of
-- it is filed under that key, opt-outs hold for the new address too, and an older version of the record that arrives
-- late says nothing about where the person is. An old address that no record has any more is forgotten.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE pii.identity (
    source text NOT NULL,
    account text NOT NULL,
    vendor_id text NOT NULL,
    customer_key text NOT NULL REFERENCES pii.customer ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    updated_at timestamptz,
    PRIMARY KEY (source, account, vendor_id)
);
CREATE INDEX identity_by_person ON pii.identity (customer_key);
INSERT INTO pii.identity (source, account, vendor_id, customer_key, updated_at)
SELECT DISTINCT ON (source, account, vendor_id) source, account, vendor_id, customer_key, updated_at
FROM pii.customer
ORDER BY source, account, vendor_id, updated_at DESC NULLS LAST;

-- Takes one page of vault rows; returns how many people are new or changed.
-- A person known under another key (her address changed, or appeared: `alias_key` is the one made from the vendor's id)
-- keeps one identity: the old key becomes an alias of the new one. While another source still knows somebody under the
-- old address, the two stay apart: an address may also have been handed on. Of two sources the newer fact counts, and
-- what one does not know (a name, a phone) is left as the other told it.
CREATE OR REPLACE FUNCTION pii.load_vault(rows jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    CREATE TEMP TABLE vault_told ON COMMIT DROP AS
    SELECT p.*, ARRAY(SELECT decode(h, 'hex') FROM jsonb_array_elements_text(p.suppression) AS h) AS hmacs
    FROM jsonb_to_recordset(rows) AS p (
        customer_key text, alias_key text, source text, account text, vendor_id text, email text, phone text,
        first_name text, last_name text, country text, updated_at timestamptz,
        suppression jsonb, consents jsonb
    );
    DELETE FROM pg_temp.vault_told AS p USING pii.suppression AS s
    WHERE s.hmac = ANY (p.hmacs) AND s.reason = 'erased';

    -- A page may hold two versions of one record, and one older than what is known.
    CREATE TEMP TABLE vault_identity ON COMMIT DROP AS
    SELECT DISTINCT ON (source, account, vendor_id) * FROM pg_temp.vault_told
    ORDER BY source, account, vendor_id, updated_at DESC NULLS LAST;
    DELETE FROM pg_temp.vault_identity AS p USING pii.identity AS known
    WHERE known.source = p.source AND known.account = p.account AND known.vendor_id = p.vendor_id
      AND known.customer_key <> p.customer_key
      AND coalesce(known.updated_at, '-infinity') > coalesce(p.updated_at, 'infinity');
    CREATE TEMP TABLE vault_page ON COMMIT DROP AS
    SELECT DISTINCT ON (customer_key) * FROM pg_temp.vault_identity
    ORDER BY customer_key, updated_at DESC NULLS LAST;

    CREATE TEMP TABLE vault_moved ON COMMIT DROP AS
    SELECT known.customer_key AS old_key, p.customer_key, p.source, p.hmacs
    FROM pg_temp.vault_identity AS p
    JOIN pii.identity AS known
        ON known.source = p.source AND known.account = p.account AND known.vendor_id = p.vendor_id
    WHERE known.customer_key <> p.customer_key;
    INSERT INTO pii.identity AS known (source, account, vendor_id, customer_key, updated_at)
    SELECT source, account, vendor_id, customer_key, updated_at FROM pg_temp.vault_identity
    ON CONFLICT (source, account, vendor_id) DO UPDATE
    SET customer_key = excluded.customer_key, updated_at = excluded.updated_at
    WHERE coalesce(excluded.updated_at, 'infinity') >= coalesce(known.updated_at, '-infinity')
      AND (known.customer_key, known.updated_at) IS DISTINCT FROM (excluded.customer_key, excluded.updated_at);

    DELETE FROM ops.customer_alias AS a USING pg_temp.vault_page AS p WHERE a.alias_key = p.customer_key;
    INSERT INTO ops.customer_alias (alias_key, customer_key)
    SELECT old_key, min(customer_key)
    FROM pg_temp.vault_moved AS moved
    WHERE NOT EXISTS (SELECT FROM pii.identity AS other WHERE other.customer_key = moved.old_key)
    GROUP BY old_key
    HAVING count(DISTINCT customer_key) = 1
    UNION
    SELECT p.alias_key, p.customer_key FROM pg_temp.vault_identity AS p WHERE p.alias_key <> p.customer_key
    ON CONFLICT (alias_key) DO UPDATE SET customer_key = excluded.customer_key, since = now()
    WHERE ops.customer_alias.customer_key <> excluded.customer_key;
    UPDATE ops.customer_alias AS old SET customer_key = newer.customer_key
    FROM pg_temp.vault_page AS p
    JOIN ops.customer_alias AS newer ON newer.customer_key = p.customer_key
    WHERE old.customer_key = newer.alias_key AND old.alias_key <> newer.customer_key;

    -- What a person said to the shop or to us is no matter of the address. That mail bounced is.
    INSERT INTO pii.suppression (hmac, key_version, reason)
    SELECT moved.hmacs[cardinality(moved.hmacs)], cardinality(moved.hmacs), s.reason
    FROM pg_temp.vault_moved AS moved
    JOIN pii.customer AS old ON old.customer_key = moved.old_key
    JOIN pii.suppression AS s ON s.hmac = ANY (old.suppression_hmacs)
    WHERE s.reason IN ('opt_out', 'complaint') AND cardinality(moved.hmacs) > 0
    ON CONFLICT DO NOTHING;
    WITH left_behind AS (
        SELECT old_key, source, min(customer_key) AS customer_key
        FROM pg_temp.vault_moved AS moved
        WHERE NOT EXISTS (
            SELECT FROM pii.identity AS other
            WHERE other.customer_key = moved.old_key AND other.source = moved.source
        )
        GROUP BY old_key, source
        HAVING count(DISTINCT customer_key) = 1
    ), taken AS (
        DELETE FROM pii.consent AS said USING left_behind
        WHERE said.customer_key = left_behind.old_key AND said.source = left_behind.source
        RETURNING left_behind.customer_key, said.purpose, said.granted, said.source, said.effective_at,
            said.evidence, said.recorded_at
    )
    INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at, evidence, recorded_at)
    SELECT * FROM taken
    ON CONFLICT DO NOTHING;

    DELETE FROM pii.customer AS known USING ops.customer_alias AS a, pg_temp.vault_page AS p
    WHERE a.alias_key = known.customer_key AND a.customer_key = p.customer_key;
    DELETE FROM pii.customer AS known USING pg_temp.vault_moved AS moved
    WHERE known.customer_key = moved.old_key
      AND NOT EXISTS (SELECT FROM pii.identity AS other WHERE other.customer_key = moved.old_key);

    INSERT INTO pii.customer AS known
        (customer_key, source, account, vendor_id, email, phone, first_name, last_name, country,
         updated_at, suppression_hmacs)
    SELECT customer_key, source, account, vendor_id, email, phone, first_name, last_name, country,
        updated_at, hmacs
    FROM pg_temp.vault_page
    ON CONFLICT (customer_key) DO UPDATE SET
        source = excluded.source, account = excluded.account, vendor_id = excluded.vendor_id,
        email = excluded.email, phone = coalesce(excluded.phone, known.phone),
        first_name = CASE WHEN excluded.source = known.source THEN excluded.first_name
            ELSE coalesce(excluded.first_name, known.first_name) END,
        last_name = CASE WHEN excluded.source = known.source THEN excluded.last_name
            ELSE coalesce(excluded.last_name, known.last_name) END,
        country = coalesce(excluded.country, known.country), updated_at = excluded.updated_at,
        suppression_hmacs = excluded.suppression_hmacs
    WHERE coalesce(excluded.updated_at, 'infinity') >= coalesce(known.updated_at, '-infinity')
      AND (known.source, known.email, known.phone, known.first_name, known.last_name, known.country,
           known.updated_at, known.vendor_id, known.suppression_hmacs)
        IS DISTINCT FROM
          (excluded.source, excluded.email, coalesce(excluded.phone, known.phone), excluded.first_name,
           excluded.last_name, coalesce(excluded.country, known.country), excluded.updated_at,
           excluded.vendor_id, excluded.suppression_hmacs);
    GET DIAGNOSTICS changed = ROW_COUNT;

    -- The other source spoke before, but knows what the newer does not.
    UPDATE pii.customer AS known SET
        phone = coalesce(known.phone, p.phone), country = coalesce(known.country, p.country),
        first_name = coalesce(known.first_name, p.first_name), last_name = coalesce(known.last_name, p.last_name)
    FROM pg_temp.vault_page AS p
    WHERE p.customer_key = known.customer_key AND p.source <> known.source
      AND ((known.phone IS NULL AND p.phone IS NOT NULL) OR (known.country IS NULL AND p.country IS NOT NULL)
          OR (known.first_name IS NULL AND p.first_name IS NOT NULL)
          OR (known.last_name IS NULL AND p.last_name IS NOT NULL));

    -- Of everybody on the page, not only of who spoke last under an address.
    INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at, evidence)
    SELECT known.customer_key, c.purpose, c.granted, p.source,
        coalesce(c.effective_at, p.updated_at, now()), c.evidence
    FROM pg_temp.vault_told AS p
    JOIN pii.identity AS known
        ON known.source = p.source AND known.account = p.account AND known.vendor_id = p.vendor_id
    CROSS JOIN LATERAL jsonb_to_recordset(p.consents)
        AS c (purpose text, granted boolean, effective_at timestamptz, evidence jsonb)
    WHERE jsonb_typeof(p.consents) = 'array'
    ON CONFLICT DO NOTHING;

    DROP TABLE pg_temp.vault_told, pg_temp.vault_page, pg_temp.vault_identity, pg_temp.vault_moved;
    RETURN changed;
END $$;
