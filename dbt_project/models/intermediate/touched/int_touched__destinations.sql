-- Destinations that are served from another place than when the last build looked, or that nobody had sent to before.
{{ unlike_used(
    ref('int_destinations__served'), 'int_destinations__used', 'store_id text, country text, province text', 'location_id text'
) }}
