{{ config(indexes=[{'columns': ['session_id'], 'unique': true}]) }}

-- Sessions that are told anew, as they were and as they are: those of people whose visits are, of those whose orders were
-- touched, since an order may follow a session, and of those erased since then.
{% if builds_anew() %}
select cast(null as text) as session_id where false
{% else %}
with people as (
    select customer_key from {{ ref('int_touched__visitors') }}
    union
    select customer_key from {{ ref('int_touched__customers') }}
)
{% set sessions = as_it_was('fct_sessions', 'session_id text, customer_key text') %}
select sessions.session_id
from {{ sessions }} as sessions
inner join people on people.customer_key = sessions.customer_key
union
select session_id from {{ sessions }} as sessions where customer_key is null
union
select events.session_id
from {{ ref('int_events__sessioned') }} as events
inner join people on people.customer_key = events.customer_key
{% endif %}
