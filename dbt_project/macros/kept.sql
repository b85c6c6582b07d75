{#-
    Tables that are kept from night to night. Computing a night costs what changed, not the history: an incremental run
    deletes what it holds of touched orders (or days, or customers), computes those whole, and leaves the rest alone.

        {{ config(materialized='incremental',
                  indexes=[{'columns': ['order_id']}], pre_hook="{{ forget_touched('orders') }}") }}
        ...
        from {{ of_touched(ref('int_orders__dated'), 'orders') }} as orders

    Whatever can change a row must reach the models of `intermediate/touched`, or the row goes stale: `tests/flows` holds
    any order of nights against a full refresh. A build that was not published leaves tables nobody can
    trust; the next one builds everything from nothing (`include/warehouse/build.py`).
-#}

{#- By which columns what is touched is known, in the list of the touched and, mostly, in whatever has rows of it. -#}
{% macro touched_key(what) -%}
    {{ return({
        'orders': 'order_id',
        'order_facts': 'order_id',
        'customers': 'customer_key',
        'people': 'customer_key',
        'days': 'store_id, business_date',
        'order_days': 'store_id, business_date',
        'moved_days': 'business_date',
        'closed_days': 'business_date',
        'shelves': 'sku, location_id',
        'newest_days': 'business_date',
        'shipments': 'order_id',
        'parcel_days': 'business_date',
        'trackers': 'tracker_id',
        'scans': 'shipment_event_id',
        'transactions': 'transaction_id',
        'carts': 'cart_id',
        'recognised': 'customer_key',
        'visitors': 'customer_key',
        'sessions': 'session_id',
        'interest_days': 'store_id, business_date',
        'interest_flags': 'store_id, product_id, business_date',
    }[what]) }}
{%- endmacro %}

{#- The rows of a relation that belong to what is touched: all of them when everything is built anew. `key` names the
    columns as the relation calls them, `listed` as the list of the touched does. -#}
{% macro of_touched(relation, what, key=none, listed=none) -%}
    {%- set touched = _touched(what) -%}
    {%- if only_touched() -%}
    (select kept.* from {{ relation }} as kept where {{ _among_touched('kept', key or touched_key(what), touched, listed or touched_key(what)) }})
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- What was told of people, with the person that each is by now (`person_key`): told under their own keys and under those
    that became theirs. Of touched people only, where others are kept: key by key, by its index (`offset` keeps the planner
    from reading all that was ever told to find that of a few). -#}
{% macro told_of_touched(relation, what) -%}
    (
        select told.*, coalesce(aliases.customer_key, told.customer_key) as person_key
        {%- if only_touched() %}
        from (
            select customer_key as told_key from {{ _touched(what) }}
            union
            select others.alias_key
            from {{ source('ops', 'customer_alias') }} as others
            inner join {{ _touched(what) }} as people on people.customer_key = others.customer_key
        ) as keys
        cross join lateral (
            select * from {{ relation }} as records where records.customer_key = keys.told_key offset 0
        ) as told
        {%- else %}
        from {{ relation }} as told
        {%- endif %}
        left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = told.customer_key
        {%- if only_touched() %}
        where coalesce(aliases.customer_key, told.customer_key) in (select customer_key from {{ _touched(what) }})
        {%- endif %}
    )
{%- endmacro %}

{#- The same as a condition. -#}
{% macro is_touched(alias, what, key=none) -%}
    {%- set touched = _touched(what) -%}
    {%- if only_touched() -%}
    {{ _among_touched(alias, key or touched_key(what), touched, touched_key(what)) }}
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- Deletes what a kept model holds of the touched, before they are computed anew: what vanished inserts nothing that
    could replace it. -#}
{% macro forget_touched(what, key=none, listed=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} as kept
        where {{ _among_touched('kept', key or touched_key(what), _touched(what), listed or touched_key(what)) }}
    {%- endif -%}
{%- endmacro %}

{#- Deletes what a kept model holds of people who were erased since it was made: nobody's now, no list of people names it. -#}
{% macro forget_erased() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where customer_key is null
    {%- endif -%}
{%- endmacro %}

{#- Whether a model leaves out what it keeps, and a test what was tested when it was made. A unit test brings the rows it speaks
    of: for it nothing is kept. True while dbt parses, which sees the references of the longer branch then. -#}
{% macro only_touched() -%}
    {%- if model.resource_type == 'unit_test' -%}
        {{ return(false) }}
    {%- elif not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(not builds_anew() if model.resource_type == 'test' else is_incremental()) }}
{%- endmacro %}

{#- The list of what is touched; a unit test has none. -#}
{% macro _touched(what) -%}
    {{ return(none if model.resource_type == 'unit_test' else ref('int_touched__' ~ what)) }}
{%- endmacro %}

{% macro _among_touched(alias, key, touched, listed) -%}
    {%- set columns = key.split(', ') -%}
    ({{ alias }}.{{ columns | join(', ' ~ alias ~ '.') }}) in (select {{ listed }} from {{ touched }})
{%- endmacro %}

{#- A kept model as the last published build left it: for models that run before it and must know what was. No reference,
    or the graph would be a circle. Where it has never been built, it held nothing of these columns. -#}
{% macro as_it_was(model_name, columns=none) -%}
    {%- if columns and execute and adapter.get_relation(target.database, target.schema, model_name) is none -%}
    (select * from jsonb_to_recordset('[]'::jsonb) as nothing ({{ columns }}))
    {%- else -%}
    {{ api.Relation.create(database=target.database, schema=target.schema, identifier=model_name) }}
    {%- endif -%}
{%- endmacro %}

{#- The keys of what is not what the last build used: new, otherwise or gone. `used_model` remembers what was used; keys and
    values are written 'name type, ...'. -#}
{% macro unlike_used(given, used_model, keys, values) -%}
    {%- set names = _names(keys) -%}
    {%- if builds_anew() -%}
select {{ names | join(', ') }} from {{ given }} where false
    {%- else -%}
select
    {%- for name in names %}
    coalesce(used.{{ name }}, given.{{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ given }} as given
full outer join {{ as_it_was(used_model, keys ~ ', ' ~ values) }} as used
    on {% for name in names %}used.{{ name }} = given.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
where (used.{{ _names(values) | join(', used.') }}) is distinct from (given.{{ _names(values) | join(', given.') }})
    {%- endif -%}
{%- endmacro %}

{% macro _names(columns) -%}
    {%- set names = [] -%}
    {%- for column in columns.split(', ') -%}
        {%- do names.append(column.split(' ')[0]) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Whether everything is built from nothing: asked for, or nothing has been published yet. False while dbt parses, which
    sees the references of the longer branch then. -#}
{% macro builds_anew() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set published = "select 1 as one from ops.build where status = 'published' limit 1" -%}
    {{ return(flags.FULL_REFRESH or run_query(published).rows | length == 0) }}
{%- endmacro %}

{#- The business day that was published last, and the instant at which it ended. -#}
{% macro published_day() -%}
    {{ _last_published('as_of_day') }}
{%- endmacro %}

{% macro published_end() -%}
    {{ _last_published('as_of_end') }}
{%- endmacro %}

{% macro _last_published(column) -%}
    (
        select {{ column }} from ops.build
        where build_id = (select max(build_id) from ops.build where status = 'published')
    )
{%- endmacro %}

{#- Statistics for whoever is planned next: always of a table made anew, of a kept one when it grew by a tenth. -#}
{% macro analyse() -%}
    {%- if is_incremental() -%}
    do $$ begin
        if (
            select pg_relation_size(oid) / current_setting('block_size')::int > relpages * 1.1 + 10
            from pg_class where oid = '{{ this }}'::regclass
        ) then
            analyze {{ this }};
        end if;
    end $$
    {%- else -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
