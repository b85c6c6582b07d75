with source as (
    select * from {{ latest('klaviyo', 'list_members') }} as members
)

select
    -- ids
    source.scope as member_id,
    fields.list_id,
    fields.customer_key,

    -- texts
    fields.list_name,

    -- timestamps
    fields.joined_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'list_id': 'text $.list.id',
    'list_name': 'text $.list.name',
    'customer_key': 'text $.customer_key',
    'joined_at': 'timestamptz $.joined_group_at',
}) }} as fields
