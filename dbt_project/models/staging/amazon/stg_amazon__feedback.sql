{{ config(
    materialized='incremental',
    pre_hook="{{ forget_scopes('amazon', 'feedback', 'order_id') }}",
) }}

with source as (
    select * from {{ latest('amazon', 'feedback', is_incremental()) }} as feedback
    where not is_deleted
)

select
    feedback.order_id,
    feedback.feedback_date,
    feedback.rating
from source
cross join lateral {{ shred('source.payload', '$', {
    'order_id': 'text $.order_id',
    'feedback_date': 'date $.date',
    'rating': 'integer $.rating',
}) }} as feedback
