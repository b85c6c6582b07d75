{#-
    Every published table (of mart and act) with the source streams it is made of, read from dbt's own graph:
    [{'mart': 'fct_shipments', 'streams': ['easypost.trackers', 'shopify.orders']}, ...], both sorted.
-#}
{% macro streams_of_marts() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name') -%}
            {%- set publish = node.config.get('meta', {}).get('publish', {}) -%}
            {%- if publish.get('schema') in ('mart', 'act') and node.name != 'freshness' -%}
                {%- do found.append({'mart': node.name, 'streams': _streams_above(node.unique_id) | sort}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- The source streams above a node, by walking its parents once each. What is touched hangs on all streams and is in no row. -#}
{% macro _streams_above(unique_id) -%}
    {%- set waiting = [unique_id] -%}
    {%- set seen = [] -%}
    {%- set streams = [] -%}
    {%- for _ in range(graph.nodes | length + graph.sources | length) -%}
        {%- if waiting -%}
            {%- set current = waiting.pop() -%}
            {%- if current in graph.sources -%}
                {%- set stream = graph.sources[current] -%}
                {%- if stream.schema == 'raw' -%}
                    {%- do streams.append(stream.source_name ~ '.' ~ stream.name) -%}
                {%- endif -%}
            {%- elif current in graph.nodes -%}
                {%- for parent in graph.nodes[current].depends_on.nodes if parent not in seen and 'touched' not in graph.nodes.get(parent, {}).get('tags', []) -%}
                    {%- do seen.append(parent) -%}
                    {%- do waiting.append(parent) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(streams | unique | list) }}
{%- endmacro %}
