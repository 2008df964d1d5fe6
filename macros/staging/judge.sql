{#- The `when` branches with which a base model says why it rejects a row. -#}

{% macro reject_missing(column) -%}
        when {{ column }} is null then '{{ column }} is missing'
{%- endmacro %}


{#- A record of a text file that is none; src/customer_value/text_files.py says why. -#}
{% macro reject_unreadable() -%}
        when unreadable_reason is not null then unreadable_reason
{%- endmacro %}


{#- What a rejected row was in the shop, as text. -#}
{% macro raw_row() -%}
    coalesce(unreadable_row, {{ unless_erased(raw_text('raw_row')) }})
{%- endmacro %}


{% macro reject_invalid(column, type) -%}
        when {{ column }} is null then '{{ column }} is missing'
        when {{ cast_text(column, type) }} is null
            then '{{ column }} is not a {{ 'time' if type == 'timestamp' else 'number' }}'
{%- endmacro %}


{#- Text to a type of the contract; null where it does not fit. -#}
{% macro cast_text(column, type) -%}
    {%- if type in ['timestamp', 'date'] -%}
        try_cast({{ time_text(column) }} as {{ type }})
    {%- elif type == 'int' -%}
        try_cast(floor(try_cast({{ column }} as decimal(18, 4))) as int)
    {%- elif type == 'string' -%}
        {{ column }}
    {%- else -%}
        try_cast({{ column }} as {{ type }})
    {%- endif -%}
{%- endmacro %}


{#-
    The text of a time, or null where it is none. An engine drops any word behind a time, so that
    11:30 PM would be in the morning: what stands there must be AM, PM, or an offset, of which the
    shop's own clock is kept. Most times are of one length, and are told without a pattern.
-#}
{% macro time_text(column) -%}
    {%- set clock = '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?' -%}
    {%- set blank = '[ \u00a0\u202f]?' -%}
    {%- set parts = "replace(replace(replace(" ~ column ~ ", 'T', ' '), '\u00a0', ' '), '\u202f', ' ')" -%}
    {%- set hour = "try_cast(split_part(split_part(" ~ parts ~ ", ' ', 2), ':', 1) as int)" -%}
    case
        when length({{ column }}) = 19 and substr({{ column }}, 17, 1) = ':' then {{ column }}
        when length({{ column }}) <= 10 and substr({{ column }}, 1, 1) between '0' and '9'
            then {{ column }}
        when {{ matches(column, '^[0-9/-]+[ T]' ~ clock ~ blank ~ '(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?$') }}
            then {{ column }}
        when
            {{ matches(column, '^[0-9/-]+[ T]' ~ clock ~ blank ~ '[AaPp][Mm]$') }}
            and {{ hour }} between 1 and 12
            then
                split_part({{ parts }}, ' ', 1) || ' '
                || cast({{ hour }} % 12
                + case when lower({{ column }}) like '%pm' then 12 else 0 end as string)
                || trim(substr(
                    {{ parts }},
                    instr({{ column }}, ':'),
                    length({{ column }}) - instr({{ column }}, ':') - 1
                ))
    end
{%- endmacro %}


{#- Whether the text of a time ends in a zone; a time without one is 19 characters long at most, or
    has a fraction or AM and PM. -#}
{% macro has_zone(column) -%}
    length({{ column }}) > 19
    and {{ matches(column, '(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$') }}
{%- endmacro %}


{#- A number, or null where it is below zero. -#}
{% macro not_negative(number) -%}
    case when {{ number }} >= 0 then {{ number }} end
{%- endmacro %}
