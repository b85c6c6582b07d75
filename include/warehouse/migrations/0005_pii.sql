-- The vault. The loader writes through one function and reads nothing; activation gets contacts of
-- consenting people only, and only while it sends.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE pii.customer (
    customer_key text PRIMARY KEY,
    source text NOT NULL CHECK (source NOT LIKE 'amazon%'),
    account text NOT NULL,
    vendor_id text NOT NULL,
    email text,
    phone text,
    first_name text,
    last_name text,
    country text,
    updated_at timestamptz,
    suppression_hmacs bytea[] NOT NULL DEFAULT '{}'
);
CREATE INDEX customer_by_vendor ON pii.customer (source, account, vendor_id);
COMMENT ON COLUMN pii.customer.suppression_hmacs IS 'The e-mail under every suppression key there is';

CREATE TABLE pii.consent (
    consent_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_key text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('email', 'sms', 'ads')),
    granted boolean NOT NULL,
    source text NOT NULL,
    effective_at timestamptz NOT NULL,
    evidence jsonb,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (customer_key, purpose, source, effective_at, granted)
);

-- Default deny: who said nothing is not here, and a tie counts as no.
CREATE VIEW pii.consent_now AS
SELECT DISTINCT ON (coalesce(alias.customer_key, said.customer_key), said.purpose)
    coalesce(alias.customer_key, said.customer_key) AS customer_key,
    said.purpose, said.granted, said.source, said.effective_at, said.evidence
FROM pii.consent AS said
LEFT JOIN ops.customer_alias AS alias ON alias.alias_key = said.customer_key
ORDER BY coalesce(alias.customer_key, said.customer_key), said.purpose, said.effective_at DESC, said.granted;

CREATE TABLE pii.suppression (
    hmac bytea PRIMARY KEY,
    key_version int NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pii.suppression IS 'Keyed hashes of people never to write to; survives their erasure';

CREATE TABLE pii.request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('erasure', 'access', 'opt_out')),
    subject text,
    received_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
    done_at timestamptz,
    proof jsonb
);
COMMENT ON COLUMN pii.request.subject IS 'The e-mail address; forgotten when the request is done';

-- Takes one page of vault rows; returns how many people are new or changed.
-- A person known under another key (her address changed, or appeared: `alias_key` is the one made from
-- the vendor's id) keeps one identity: the old key becomes an alias of the new one.
CREATE FUNCTION pii.load_vault(rows jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    CREATE TEMP TABLE vault_page ON COMMIT DROP AS
    SELECT DISTINCT ON (p.customer_key) p.*,
        ARRAY(SELECT decode(h, 'hex') FROM jsonb_array_elements_text(p.suppression) AS h) AS hmacs
    FROM jsonb_to_recordset(rows) AS p (
        customer_key text, alias_key text, source text, account text, vendor_id text, email text, phone text,
        first_name text, last_name text, country text, updated_at timestamptz,
        suppression jsonb, consents jsonb
    )
    ORDER BY p.customer_key, p.updated_at DESC NULLS LAST;

    DELETE FROM pg_temp.vault_page AS p USING pii.suppression AS s
    WHERE s.hmac = ANY (p.hmacs) AND s.reason = 'erased';

    INSERT INTO ops.customer_alias (alias_key, customer_key)
    SELECT known.customer_key, p.customer_key
    FROM pg_temp.vault_page AS p
    JOIN pii.customer AS known
        ON known.source = p.source AND known.account = p.account AND known.vendor_id = p.vendor_id
    WHERE known.customer_key <> p.customer_key
      AND coalesce(known.updated_at, '-infinity') <= coalesce(p.updated_at, 'infinity')
    UNION
    SELECT p.alias_key, p.customer_key FROM pg_temp.vault_page AS p WHERE p.alias_key <> p.customer_key
    ON CONFLICT (alias_key) DO UPDATE SET customer_key = excluded.customer_key, since = now()
    WHERE ops.customer_alias.customer_key <> excluded.customer_key;
    UPDATE ops.customer_alias AS old SET customer_key = newer.customer_key
    FROM ops.customer_alias AS newer
    WHERE newer.alias_key = old.customer_key AND old.alias_key <> newer.customer_key;
    DELETE FROM ops.customer_alias AS a USING pg_temp.vault_page AS p WHERE a.alias_key = p.customer_key;
    DELETE FROM pii.customer AS known USING ops.customer_alias AS a, pg_temp.vault_page AS p
    WHERE a.alias_key = known.customer_key AND a.customer_key = p.customer_key;

    INSERT INTO pii.customer AS known
        (customer_key, source, account, vendor_id, email, phone, first_name, last_name, country,
         updated_at, suppression_hmacs)
    SELECT customer_key, source, account, vendor_id, email, phone, first_name, last_name, country,
        updated_at, hmacs
    FROM pg_temp.vault_page
    ON CONFLICT (customer_key) DO UPDATE SET
        source = excluded.source, account = excluded.account, vendor_id = excluded.vendor_id,
        email = excluded.email, phone = coalesce(excluded.phone, known.phone),
        first_name = excluded.first_name, last_name = excluded.last_name,
        country = coalesce(excluded.country, known.country), updated_at = excluded.updated_at,
        suppression_hmacs = excluded.suppression_hmacs
    WHERE coalesce(excluded.updated_at, 'infinity') >= coalesce(known.updated_at, '-infinity')
      AND (known.email, known.phone, known.first_name, known.last_name, known.country, known.updated_at,
           known.vendor_id, known.suppression_hmacs)
        IS DISTINCT FROM
          (excluded.email, coalesce(excluded.phone, known.phone), excluded.first_name, excluded.last_name,
           coalesce(excluded.country, known.country), excluded.updated_at, excluded.vendor_id,
           excluded.suppression_hmacs);
    GET DIAGNOSTICS changed = ROW_COUNT;

    INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at, evidence)
    SELECT p.customer_key, c.purpose, c.granted, p.source,
        coalesce(c.effective_at, p.updated_at, now()), c.evidence
    FROM pg_temp.vault_page AS p
    CROSS JOIN LATERAL jsonb_to_recordset(p.consents)
        AS c (purpose text, granted boolean, effective_at timestamptz, evidence jsonb)
    WHERE jsonb_typeof(p.consents) = 'array'
    ON CONFLICT DO NOTHING;

    DROP TABLE pg_temp.vault_page;
    RETURN changed;
END $$;

-- Which of these keyed hashes belong to erased people. Tells nothing to who has no key.
CREATE FUNCTION pii.erased(hmacs bytea[]) RETURNS SETOF bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT hmac FROM pii.suppression WHERE hmac = ANY (hmacs) AND reason = 'erased'
$$;
CREATE FUNCTION pii.anybody_erased() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pii.suppression WHERE reason = 'erased')
$$;

-- The one way to an address: the person said yes to this purpose and is not suppressed.
CREATE FUNCTION pii.contacts(keys text[], for_purpose text)
RETURNS TABLE (customer_key text, email text, phone text, country text, consent_at timestamptz, consent_source text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT known.customer_key, known.email, known.phone, known.country, said.effective_at, said.source
    FROM pii.customer AS known
    JOIN pii.consent_now AS said
        ON said.customer_key = known.customer_key AND said.purpose = for_purpose AND said.granted
    WHERE known.customer_key = ANY (keys)
      AND NOT EXISTS (SELECT FROM pii.suppression AS s WHERE s.hmac = ANY (known.suppression_hmacs))
$$;

CREATE VIEW pii.customer_masked AS
SELECT customer_key, source, account, left(email, 1) || '***' AS email, country, updated_at FROM pii.customer;

GRANT EXECUTE ON FUNCTION pii.load_vault(jsonb), pii.erased(bytea[]), pii.anybody_erased() TO nightshift_loader;
GRANT EXECUTE ON FUNCTION pii.contacts(text[], text) TO nightshift_activation;
GRANT SELECT, INSERT, UPDATE, DELETE ON pii.customer, pii.suppression, pii.request TO nightshift_privacy;
GRANT SELECT, INSERT, DELETE ON pii.consent TO nightshift_privacy;
GRANT SELECT ON pii.consent_now, pii.customer_masked TO nightshift_privacy;
