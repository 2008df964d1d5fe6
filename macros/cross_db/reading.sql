{#-
    How an engine reads what a shop has, for register_shop. DuckDB reads everything itself. Spark reads
    tables of its catalog and Parquet; local text files are read by DuckDB, on the driver, by the same
    rules, into Parquet files that Spark then reads.
-#}

{#- The engine's name, for sentences. -#}
{% macro engine() %}
    {{ return(adapter.dispatch('engine', 'customer_value')()) }}
{% endmacro %}

{% macro default__engine() %}{{ return('DuckDB') }}{% endmacro %}

{% macro spark__engine() %}{{ return('Spark') }}{% endmacro %}


{#- A column's name, quoted. -#}
{% macro quoted_name(column) %}
    {{ return(adapter.dispatch('quoted_name', 'customer_value')(column)) }}
{% endmacro %}

{% macro default__quoted_name(column) %}{{ return('"' ~ column | replace('"', '""') ~ '"') }}{% endmacro %}

{% macro spark__quoted_name(column) %}{{ return('`' ~ column | replace('`', '``') ~ '`') }}{% endmacro %}


{#- The row of a subquery of this name, as a struct. -#}
{% macro whole_row(name) %}
    {{ return(adapter.dispatch('whole_row', 'customer_value')(name)) }}
{% endmacro %}

{% macro default__whole_row(name) %}{{ return(name) }}{% endmacro %}

{% macro spark__whole_row(name) %}{{ return('struct(' ~ name ~ '.*)') }}{% endmacro %}


{#- What stands for the shop's own row where it has no table. -#}
{% macro no_row() %}
    {{ return(adapter.dispatch('no_row', 'customer_value')()) }}
{% endmacro %}

{% macro default__no_row() %}{{ return('cast(null as string)') }}{% endmacro %}

{% macro spark__no_row() %}{{ return('cast(null as struct<nothing: string>)') }}{% endmacro %}


{#- A text without the characters of `blanks` around it. -#}
{% macro trimmed_of(text, blanks) %}
    {{ return(adapter.dispatch('trimmed_of', 'customer_value')(text, blanks)) }}
{% endmacro %}

{% macro default__trimmed_of(text, blanks) %}{{ return('trim(' ~ text ~ ", '" ~ blanks ~ "')") }}{% endmacro %}

{% macro spark__trimmed_of(text, blanks) %}{{ return('btrim(' ~ text ~ ", '" ~ blanks ~ "')") }}{% endmacro %}


{#- The names and types of a query's columns, as rows; it is looked at again by `no_rows_of`. -#}
{% macro raw_header(query) %}
    {{ return(adapter.dispatch('raw_header', 'customer_value')(query)) }}
{% endmacro %}

{% macro default__raw_header(query) %}
    {%- do run_query('create or replace table registration.raw_header as select * from (' ~ query ~ ') limit 0') -%}
    {{ return(run_query('select column_name, column_type from (describe registration.raw_header)')) }}
{% endmacro %}

{% macro spark__raw_header(query) %}
    {{ return(run_query('describe query ' ~ query)) }}
{% endmacro %}


{#- What stands after from, for an expression over the columns that `raw_header` has just told of. -#}
{% macro no_rows_of(query) %}
    {{ return(adapter.dispatch('no_rows_of', 'customer_value')(query)) }}
{% endmacro %}

{% macro default__no_rows_of(query) %}{{ return('registration.raw_header') }}{% endmacro %}

{% macro spark__no_rows_of(query) %}{{ return('(' ~ query ~ ') where false') }}{% endmacro %}


{#- An expression of the shop's that is null where it fails: on Spark, where ANSI is off, each is. -#}
{% macro null_where_it_fails(expression) %}
    {{ return(adapter.dispatch('null_where_it_fails', 'customer_value')(expression)) }}
{% endmacro %}

{% macro default__null_where_it_fails(expression) %}
    {%- set literal = dbt.string_literal(dbt.escape_single_quotes(expression)) -%}
    {%- set tree = run_query("select cast(json_serialize_sql('select (' || " ~ literal ~ " || ')') as varchar)").columns[0].values()[0] -%}
    {{ return(('' if '"WINDOW"' in tree or '"SUBQUERY"' in tree else 'try') ~ '(' ~ expression ~ ')') }}
{% endmacro %}

{% macro spark__null_where_it_fails(expression) %}{{ return('(' ~ expression ~ ')') }}{% endmacro %}


{#- Why a query cannot be run, in the engine's words without values; none where it can. -#}
{% macro query_error(query) %}
    {{ return(adapter.dispatch('query_error', 'customer_value')(query)) }}
{% endmacro %}

{% macro default__query_error(query) %}
    {%- do run_python('try_query', {'query': query}) -%}
    {{ return(run_query('select reason from registration.query_error').columns[0].values()[0]) }}
{% endmacro %}

{% macro spark__query_error(query) %}{{ return(run_python('query_error', {'query': query})) }}{% endmacro %}


{#- Makes room for what is said of the shop's text files. -#}
{% macro start_reading() %}
    {{ return(adapter.dispatch('start_reading', 'customer_value')()) }}
{% endmacro %}

{% macro default__start_reading() %}{%- do run_python('start', {}) -%}{% endmacro %}

{% macro spark__start_reading() %}
    {%- if var('pseudonymize_customers') -%}
        {%- do refuse("pseudonymize_customers is set, and Spark has no place for a key that no log shows: leave it out, or build on DuckDB") -%}
    {%- endif -%}
    {%- set schemas = [] -%}
    {%- for node in own_nodes() + shop_contract().values() | map(attribute='relation') | list if node.schema not in schemas -%}
        {%- do schemas.append(node.schema) -%}
    {%- endfor -%}
    {%- do run_python('start', {'schemas': schemas}) -%}
{% endmacro %}


{#- Where the shop's YAML names the files in which records are that cannot be read. -#}
{% macro unreadable_files() %}
    {{ return(adapter.dispatch('unreadable_files', 'customer_value')()) }}
{% endmacro %}

{% macro default__unreadable_files() %}
    {{ return(run_query('select distinct file_name from registration.unreadable_records order by all').columns[0].values()) }}
{% endmacro %}

{% macro spark__unreadable_files() %}{{ return(run_python('unreadable_files', {})) }}{% endmacro %}


{#- Keeps what is said of the shop's text files beside the contract's views, and clears up. -#}
{% macro finish_reading() %}
    {{ return(adapter.dispatch('finish_reading', 'customer_value')()) }}
{% endmacro %}

{% macro default__finish_reading() %}
    {%- do run_query('create or replace table ' ~ shop_schema() ~ '.text_files as select * from registration.text_files') -%}
    {%- do run_query(
        'create or replace table ' ~ shop_schema() ~ '.unreadable_records as select * replace (' ~ unless_erased_record('record')
        ~ ' as record) from registration.unreadable_records'
    ) -%}
    {%- do run_python('finish', {}) -%}
{% endmacro %}

{% macro spark__finish_reading() %}
    {%- if has_erasures() and unreadable_files() -%}
        {%- do refuse("shop.erased_customers is given, and a record that cannot be read may name them: mend the shop's text files, or build on DuckDB") -%}
    {%- endif -%}
    {%- do run_python('finish', {'schema': shop_schema()}) -%}
{% endmacro %}


{#- How many local files a path or glob names. -#}
{% macro file_count(path) %}
    {{ return(adapter.dispatch('file_count', 'customer_value')(path)) }}
{% endmacro %}

{% macro default__file_count(path) %}
    {{ return(run_query('select count(*) from glob(' ~ text_list([path]) ~ ')').columns[0].values()[0]) }}
{% endmacro %}

{% macro spark__file_count(path) %}{{ return(run_python('file_count', {'path': path})) }}{% endmacro %}


{#- The select that reads a Parquet file, or those of a glob. -#}
{% macro parquet_reader(label, path, given) %}
    {{ return(adapter.dispatch('parquet_reader', 'customer_value')(label, path, given)) }}
{% endmacro %}

{% macro default__parquet_reader(label, path, given) %}
    {{ return(reader_call('read_parquet', path, dict({'union_by_name': true}, **given))) }}
{% endmacro %}

{% macro spark__parquet_reader(label, path, given) %}
    {%- do refuse_options(label, given) -%}
    {%- set table = shop_schema() ~ '.' ~ label | replace('.', '_') -%}
    {%- do run_query('create schema if not exists ' ~ shop_schema()) -%}
    {%- do run_query('drop table if exists ' ~ table) -%}
    {%- set made = "create table " ~ table ~ " using parquet options (path " ~ text_list([path]) ~ ", mergeSchema 'true')" -%}
    {%- do check_query(label ~ " is '" ~ given.path ~ "', which Spark cannot read: check that the file is whole, and that a glob's files agree in their columns' types", made) -%}
    {{ return('select * from ' ~ table) }}
{% endmacro %}


{#- The select that reads a local JSON file as text, or an engine would make times and ids of its own. -#}
{% macro json_reader(label, path, given) %}
    {{ return(adapter.dispatch('json_reader', 'customer_value')(label, path, given)) }}
{% endmacro %}

{% macro default__json_reader(label, path, given) %}
    {%- set read_header = 'select * from read_json(' ~ text_list([path]) ~ ', union_by_name = true) limit 0' -%}
    {%- do check_query(label ~ " is '" ~ given.path ~ "', which DuckDB cannot read as JSON: check that the file is whole", read_header) -%}
    {%- set types = [] -%}
    {%- for column in run_query('select column_name from (describe ' ~ read_header ~ ')').columns[0].values() -%}
        {%- do types.append(text_list([column]) ~ ": 'varchar'") -%}
    {%- endfor -%}
    {{ return('select * from read_json(' ~ text_list([path]) ~ ', columns = {' ~ types | join(', ') ~ '})') }}
{% endmacro %}

{% macro spark__json_reader(label, path, given) %}
    {%- do refuse(label ~ " is '" ~ given.path ~ "', a JSON file, which is not read for Spark: make a table, a Parquet file or a CSV of it") -%}
{% endmacro %}


{#- The select that reads a local text file, or those of a glob, once each of their records was judged. -#}
{% macro text_reader(label, path, given) %}
    {{ return(adapter.dispatch('text_reader', 'customer_value')(label, path, given)) }}
{% endmacro %}

{% macro default__text_reader(label, path, given) %}
    {%- do run_python('register', {'file_name': label, 'path': path, 'options': reader_options(given)}) -%}
    {%- set files = run_query(
        'select path, query, problem from registration.text_files where file_name = ' ~ dbt.string_literal(dbt.escape_single_quotes(label)) ~ ' order by path'
    ) -%}
    {%- for row in files.rows if row['problem'] -%}
        {%- do refuse(label ~ " is '" ~ row['path'] ~ "', which " ~ row['problem']) -%}
    {%- endfor -%}
    {{ return(files.columns['query'].values() | join(' union all by name ')) }}
{% endmacro %}

{% macro spark__text_reader(label, path, given) %}
    {%- set read = run_python('register', {'file_name': label, 'path': path, 'options': reader_options(given)}) -%}
    {%- if read.problem -%}
        {%- do refuse(label ~ " is '" ~ read.file ~ "', which " ~ read.problem) -%}
    {%- endif -%}
    {{ return('select * from parquet.`' ~ read.path ~ '`') }}
{% endmacro %}


{#- The select that reads a text file of a store, such as s3://…; nobody judges its records. -#}
{% macro remote_text_reader(label, path, given) %}
    {{ return(adapter.dispatch('remote_text_reader', 'customer_value')(label, path, given)) }}
{% endmacro %}

{% macro default__remote_text_reader(label, path, given) %}
    {%- set options = {'all_varchar': true, 'header': true, 'union_by_name': true, 'strict_mode': true} -%}
    {{ return(reader_call('read_csv', path, dict(options, **given))) }}
{% endmacro %}

{% macro spark__remote_text_reader(label, path, given) %}
    {%- do refuse(label ~ " is '" ~ path ~ "', a text file that is not on this machine: make a table or a Parquet file of it") -%}
{% endmacro %}


{% macro reader_call(reader, path, options) %}
    {%- set arguments = [text_list([path])] -%}
    {%- for option, value in options.items() if option != 'path' -%}
        {%- do arguments.append(option ~ ' = ' ~ (text_list([value]) if value is string else tojson(value))) -%}
    {%- endfor -%}
    {{ return('select * from ' ~ reader ~ '(' ~ arguments | join(', ') ~ ')') }}
{% endmacro %}


{% macro reader_options(given) %}
    {%- set options = dict(given) -%}
    {%- do options.pop('path') -%}
    {{ return(options) }}
{% endmacro %}


{% macro refuse_options(label, given) %}
    {%- for option in given if option != 'path' -%}
        {%- do refuse(label ~ ' has the option ' ~ option ~ ", which is DuckDB's: leave it out, since Spark reads this file itself") -%}
    {%- endfor -%}
{% endmacro %}
