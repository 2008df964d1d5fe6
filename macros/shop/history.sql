{#-
    What is kept of each build in the build file, beside its tables: build_state.measures, model_runs
    and drift. The models of models/builds read what earlier builds left there, and
    add their own; a build that is complete leaves theirs in turn. Nobody in it is a customer.
-#}

{#- {table: {column: type}}. -#}
{% macro history_tables() %}
    {{ return({
        'measures': {
            'build_number': 'bigint', 'fingerprint': 'string', 'as_of_date': 'date',
            'table_name': 'string', 'name': 'string', 'measure': 'string', 'value': 'decimal(28, 6)',
        },
        'model_runs': {
            'build_number': 'bigint', 'as_of_date': 'date', 'model': 'string', 'fitted_as_of': 'date', 'fit_reason': 'string',
            'fitted_row_count': 'bigint', 'feature_count': 'bigint', 'served': 'string',
            'figure_name': 'string', 'figure': 'decimal(28, 6)', 'beats_baseline': 'boolean',
            'settings': 'string', 'versions': 'string',
        },
        'drift': {
            'build_number': 'bigint', 'as_of_date': 'date', 'subject': 'string', 'kind': 'string',
            'name': 'string', 'stability_index': 'decimal(18, 6)', 'has_drifted': 'boolean',
        },
    }) }}
{% endmacro %}


{#- Makes what is not there yet; what an older version left with other columns begins anew. -#}
{% macro open_history() %}
    {{ return(adapter.dispatch('open_history', 'customer_value')()) }}
{% endmacro %}

{% macro default__open_history() %}
    {%- do run_query('create schema if not exists ' ~ build_state()) -%}
    {%- for table, columns in history_tables().items() -%}
        {%- set definitions = [] -%}
        {%- for name, type in columns.items() -%}
            {%- do definitions.append(name ~ ' ' ~ type) -%}
        {%- endfor -%}
        {%- set there = run_query(
            "select column_name from information_schema.columns where table_catalog = '" ~ target.database
            ~ "' and table_schema = '" ~ build_state() ~ "' and table_name = '" ~ table ~ "' order by ordinal_position"
        ).columns[0].values() | list -%}
        {%- if there != columns.keys() | list -%}
            {%- do run_query('create or replace table ' ~ build_state() ~ '.' ~ table ~ ' (' ~ definitions | join(', ') ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- Spark has no table that outlives a build in one step with it, so each build stands alone there. -#}
{% macro spark__open_history() %}
    {%- do run_query('create schema if not exists ' ~ build_state()) -%}
    {%- for table, columns in history_tables().items() -%}
        {%- set nulls = [] -%}
        {%- for name, type in columns.items() -%}
            {%- do nulls.append('cast(null as ' ~ type ~ ') as ' ~ name) -%}
        {%- endfor -%}
        {%- do run_query('create or replace view ' ~ build_state() ~ '.' ~ table ~ ' as select ' ~ nulls | join(', ') ~ ' where false') -%}
    {%- endfor -%}
{% endmacro %}


{#- Leaves what this build says of itself for the next one. -#}
{% macro keep_history() %}
    {{ return(adapter.dispatch('keep_history', 'customer_value')()) }}
{% endmacro %}

{% macro default__keep_history() %}
    {%- set kept = {'rpt_input_changes': 'measures', 'fct_model_runs': 'model_runs', 'rpt_drift_history': 'drift'} -%}
    {%- for node in own_nodes() if node.name in kept -%}
        {%- set table = kept[node.name] -%}
        {%- do run_query(
            'create or replace table ' ~ build_state() ~ '.' ~ table ~ ' as select ' ~ history_tables()[table].keys() | join(', ')
            ~ ' from ' ~ node.relation_name
        ) -%}
    {%- endfor -%}
{% endmacro %}

{% macro spark__keep_history() %}{% endmacro %}


{#- All vars of a build but the shop's mapping, as JSON: what a fit was made with. -#}
{% macro settings_text() -%}
    {%- set settings = {} -%}
    {%- for name in var_rules() | sort if name != 'shop' -%}
        {%- do settings.update({name: customer_value.as_json_value(var(name))}) -%}
    {%- endfor -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(tojson(settings))) }}
{%- endmacro %}


{#- A value of YAML as JSON has it, to any depth: a day that is not quoted is a text. -#}
{% macro as_json_value(value) %}
    {%- if value is mapping -%}
        {%- set values = {} -%}
        {%- for name, part in value.items() -%}
            {%- do values.update({name | string: customer_value.as_json_value(part)}) -%}
        {%- endfor -%}
        {{ return(values) }}
    {%- elif value is sequence and value is not string -%}
        {%- set values = [] -%}
        {%- for part in value -%}
            {%- do values.append(customer_value.as_json_value(part)) -%}
        {%- endfor -%}
        {{ return(values) }}
    {%- endif -%}
    {{ return(value if value is number or value is boolean or value is none else value | string) }}
{% endmacro %}


{#- A number as the text of a whole one. -#}
{% macro whole(number) -%}
    cast(cast(round({{ number }}, 0) as bigint) as string)
{%- endmacro %}


{#- Under which names the scorecard has a model's verdict. -#}
{% macro scored_as(task, list, method) -%}
    cast({{ task }} as string) as scored_task,
        cast({{ list }} as string) as scored_list,
        cast({{ method }} as string) as scored_method
{%- endmacro %}
