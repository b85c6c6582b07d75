{#-
    How sure a difference of two rates is. Newcombe's interval joins the Wilson intervals of both sides (method 10 of
    his 1998 comparison): it stays honest with few people and rates near zero, where the textbook interval does not.

    56 of 70 against 48 of 80 differ by 0.2, and the truth lies within 0.0524 and 0.3339 (Newcombe's own example).
-#}

{#- Lower bound of the Wilson score interval: what is missing to the upper bound of the failures. -#}
{% macro wilson_lower(successes, trials, z=1.96) -%}
    (1 - {{ wilson_upper('(' ~ trials ~ ' - ' ~ successes ~ ')', trials, z) }})
{%- endmacro %}

{#- Lower bound of p1 - p2, from each rate and its Wilson bounds. -#}
{% macro newcombe_low(rate, low, other_rate, other_high) -%}
    ({{ rate }} - {{ other_rate }} - sqrt(power({{ rate }} - {{ low }}, 2) + power({{ other_high }} - {{ other_rate }}, 2)))
{%- endmacro %}

{#- Upper bound of p1 - p2. -#}
{% macro newcombe_high(rate, high, other_rate, other_low) -%}
    ({{ rate }} - {{ other_rate }} + sqrt(power({{ high }} - {{ rate }}, 2) + power({{ other_rate }} - {{ other_low }}, 2)))
{%- endmacro %}
