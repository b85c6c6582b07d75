-- Rows of the small tables that are not what the last build used: new, changed or gone.
{{ unlike_used(ref('int_inputs__hashed'), 'int_inputs__used', 'kind text, key text', 'hash text') }}
