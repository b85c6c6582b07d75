-- What a load looks like, in numbers: shares, levels and words of every field, so that later loads can be held against it.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.load_profile (
    load_id bigint PRIMARY KEY REFERENCES raw.load_log ON DELETE CASCADE,
    measures jsonb NOT NULL,
    surprises jsonb NOT NULL DEFAULT '[]',
    measured_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.load_profile IS 'Written by the gate that loads enter through; no value of any one record, only shares and medians';
COMMENT ON COLUMN ops.load_profile.surprises IS 'How far the load is from those before it: 1 is as far as is allowed';

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.load_profile TO nightshift_publisher;
GRANT SELECT ON ops.load_profile TO nightshift_transformer;

-- What a schema's marts tell of each day, in one way for 'build' and 'mart': so that what is about to be published can be held
-- against what was. Nothing before the first publication. It runs as the publisher, who alone sees both.
CREATE FUNCTION ops.days_told(of_schema text, since date)
RETURNS TABLE (subject text, measure text, day date, amount numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF of_schema NOT IN ('build', 'mart') OR to_regclass(format('%I.mart_daily_sales', of_schema)) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($told$
        SELECT s.store_id, m.name, s.business_date, sum(m.amount)
        FROM %1$I.mart_daily_sales AS s CROSS JOIN LATERAL (VALUES
            ('orders', s.orders::numeric), ('units', s.units), ('gross sales', s.gross_sales_amount),
            ('discounts', s.discounts_amount), ('tax', s.tax_amount), ('cost of goods', s.cogs_amount),
            ('gross sales in the reporting currency', s.gross_sales_reporting_amount)
        ) AS m (name, amount)
        WHERE s.business_date >= $1 GROUP BY 1, 2, 3
        UNION ALL
        SELECT a.platform || ' ' || a.account_id, m.name, a.ad_date, sum(m.amount)
        FROM %1$I.fct_ad_performance_daily AS a CROSS JOIN LATERAL (VALUES
            ('spend', a.spend_amount), ('clicks', a.clicks::numeric), ('impressions', a.impressions::numeric)
        ) AS m (name, amount)
        WHERE a.ad_date >= $1 GROUP BY 1, 2, 3
        UNION ALL
        SELECT i.location_id, 'units on hand', i.business_date, sum(greatest(i.on_hand, 0))
        FROM %1$I.fct_inventory_snapshot_daily AS i WHERE i.business_date >= $1 GROUP BY 1, 2, 3
    $told$, of_schema) USING since;
END $$;
GRANT EXECUTE ON FUNCTION ops.days_told(text, date) TO nightshift_transformer;
RESET ROLE;
ALTER FUNCTION ops.days_told(text, date) OWNER TO nightshift_publisher;
