{#-
    Customers who want to be forgotten: shop.erased_customers names their ids. What stands behind the
    contract's views loses them before any model reads it, so no table can hold them. Their order
    lines stay as a guest's, and so do the stars of their reviews; all else about them leaves.
-#}

{#- What stands for an erased customer where orders are told apart; elsewhere they are guests (null). -#}
{% macro erased_customer() -%}
    {{ customer_key("'(erased)'") }}
{%- endmacro %}


{#- The customer of a line in staging, with those who are erased as one: their orders stay apart. -#}
{% macro customer_or_erased() -%}
    {{ 'case when is_erased then ' ~ erased_customer() ~ ' else customer_id end' if has_erasures() else 'customer_id' }}
{%- endmacro %}


{#- Whether the shop's YAML has a list of customers to forget. -#}
{% macro has_erasures() %}
    {{ return(var('shop') is mapping and var('shop').get('erased_customers') is not none) }}
{% endmacro %}


{#-
    Makes the views erased_customers (their ids) and erased_emails, from the list and from the raw
    customers. A list that cannot be read to its end is refused, since whoever is left out of it
    would stay.
-#}
{% macro register_erasures(shop, readers, raw_customers) %}
    {%- set list = shop_files('erased_customers') -%}
    {%- set label = 'shop.erased_customers' -%}
    {%- if has_erasures() -%}
        {%- set listed = '(' ~ shop_view(list, shop, readers) ~ ') as listed' -%}
        {%- do check_list_is_whole(label, listed, shop, readers) -%}
        {%- set view = 'select distinct customer_id from ' ~ listed -%}
    {%- else -%}
        {%- set view = 'select cast(null as string) as customer_id where false' -%}
    {%- endif -%}
    {%- do run_query('create or replace view ' ~ list.relation ~ ' as ' ~ view) -%}
    {%- do run_query(
        'create or replace view ' ~ shop_files('erased_emails').relation ~ ' as select distinct lower(customers.email) as email from ('
        ~ raw_customers ~ ') as customers inner join ' ~ list.relation
        ~ ' as erased on customers.customer_id = erased.customer_id where customers.email is not null'
        ~ ' union select lower(customer_id) as email from ' ~ list.relation ~ " where customer_id like '%@%'"
    ) -%}
{% endmacro %}


{% macro check_list_is_whole(label, listed, shop, readers) %}
    {%- set origin = shop.erased_customers['from'] | string -%}
    {%- set files = [label ~ '.from'] -%}
    {%- for file in readers if modules.re.search('(?i)(?<!\\w)' ~ modules.re.escape(file) ~ '(?!\\w)', origin) -%}
        {%- do files.append('shop.files.' ~ file) -%}
    {%- endfor -%}
    {%- for file in unreadable_files() if file in files -%}
        {%- do refuse(label ~ " is read from " ~ file ~ ", which has records that cannot be read, and nobody may be left out: mend the file") -%}
    {%- endfor -%}
    {%- set counts = run_query('select count(*) as row_count, count(customer_id) as id_count from ' ~ listed).rows[0] -%}
    {%- if counts['id_count'] < counts['row_count'] -%}
        {%- do refuse(
            label ~ ".customer_id is missing in " ~ (counts['row_count'] - counts['id_count'])
            ~ " rows, and nobody may be left out of it: fill them in, or remove the rows"
        ) -%}
    {%- endif -%}
{% endmacro %}


{#- The select behind a contract's view, without the customers who are to be forgotten. -#}
{% macro without_erased(table, views) %}
    {%- set view = views[table.name] -%}
    {%- if not has_erasures() or 'customer_id' not in table.columns -%}
        {{ return(view) }}
    {%- endif -%}
    {%- set is_own, is_erased = 'erased.customer_id is not null', is_of_erased(table.name, views) -%}
    {%- set columns = [] -%}
    {%- for column in table.columns.keys() | list + ['attributes', 'restricted_attributes', 'raw_row', 'unreadable_reason', 'unreadable_row'] -%}
        {%- set own = 'shop_rows.' ~ column -%}
        {%- if column == 'customer_id' -%}
            {%- set placeholder = "'(erased)'" if table.name == 'order_lines' else 'null' -%}
            {%- set own = 'case when ' ~ is_own ~ ' then ' ~ placeholder ~ ' else ' ~ own ~ ' end' -%}
        {%- elif column == 'raw_row' -%}
            {%- set own = 'case when not (' ~ is_erased ~ ') then ' ~ own ~ ' end' -%}
        {%- elif column in ['attributes', 'restricted_attributes', 'review_text', 'page', 'search_term'] -%}
            {%- set own = 'case when not (' ~ is_erased ~ ' or ' ~ names_erased(own) ~ ') then ' ~ own ~ ' end' -%}
        {%- endif -%}
        {%- do columns.append(own ~ ' as ' ~ column) -%}
    {%- endfor -%}
    {%- set sql = 'select ' ~ columns | join(', ') ~ ' from ' ~ beside_erased(view) -%}
    {%- if table.name not in ['order_lines', 'reviews'] -%}
        {%- set sql = sql ~ ' where not (' ~ is_erased ~ ')' -%}
    {%- endif -%}
    {{ return(sql) }}
{% endmacro %}


{#- The rows of a view, each beside the customer who is to be forgotten where it is of one. -#}
{% macro beside_erased(view) %}
    {{ return('(' ~ view ~ ') as shop_rows left join ' ~ shop_files('erased_customers').relation
        ~ ' as erased on shop_rows.customer_id = erased.customer_id') }}
{% endmacro %}


{#-
    Whether a row is of an erased customer. One that names nobody is theirs where its order is, or
    where it was done in their browser.
-#}
{% macro is_of_erased(table_name, views) %}
    {%- set is_own = 'erased.customer_id is not null' -%}
    {%- set links = {
        'order_lines': ['order_id', 'order_lines'], 'reviews': ['order_id', 'order_lines'],
        'events': ['visitor_id', 'events'],
    } -%}
    {%- if table_name not in links -%}
        {{ return(is_own) }}
    {%- endif -%}
    {%- set link, origin = links[table_name] -%}
    {{ return(
        is_own ~ " or (shop_rows.customer_id is null and coalesce(shop_rows." ~ link ~ ", '') in (select known." ~ link ~ ' from ('
        ~ views[origin] ~ ') as known inner join ' ~ shop_files('erased_customers').relation
        ~ ' as gone on known.customer_id = gone.customer_id where known.' ~ link ~ ' is not null))'
    ) }}
{% endmacro %}


{#- Whether an e-mail address of an erased customer stands in a text. -#}
{% macro names_erased(text) %}
    {{ return(adapter.dispatch('names_erased', 'customer_value')(text)) }}
{% endmacro %}

{% macro default__names_erased(text) -%}
    coalesce(list_has_any(
        regexp_extract_all(replace(lower({{ text }}), '%40', '@'), {{ email_pattern() }}),
        (select list(email) from {{ shop_files('erased_emails').relation }})
    ), false)
{%- endmacro %}

{% macro spark__names_erased(text) -%}
    coalesce(arrays_overlap(
        regexp_extract_all(replace(lower({{ text }}), '%40', '@'), {{ email_pattern() }}, 0),
        (select collect_list(email) from {{ shop_files('erased_emails').relation }})
    ), false)
{%- endmacro %}

{#- An e-mail address within a text: what stands around an @ between blanks, quotes and the like. -#}
{% macro email_pattern() -%}
    {%- set character = '[^\\s"\'()\\[\\]<>,:;=&?/|' -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(character ~ ']+@' ~ character ~ ']*' ~ character ~ '.]')) }}
{%- endmacro %}


{#- The text of a rejected row, unless it names an erased customer. -#}
{% macro unless_erased(text) -%}
    {%- if has_erasures() -%}
        case when {{ names_erased(text) }} then '(erased)' else {{ text }} end
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}


{#- A record that cannot be read, unless an id or an e-mail address of an erased customer is in it. -#}
{% macro unless_erased_record(record) -%}
    {%- if has_erasures() -%}
        case
            when
                {{ names_erased(record) }}
                or exists (
                    select 1 from {{ shop_files('erased_customers').relation }} as erased
                    where instr({{ record }}, erased.customer_id) > 0
                )
                then '(erased)'
            else {{ record }}
        end
    {%- else -%}
        {{ record }}
    {%- endif -%}
{%- endmacro %}


{#- The view erasures: what was done for the customers who are to be forgotten, by table. -#}
{% macro count_erasures(contract, views) %}
    {%- set list = shop_files('erased_customers').relation -%}
    {%- set parts, ids = [], [] -%}
    {%- for name, table in contract.items() if has_erasures() and 'customer_id' in table.columns -%}
        {%- do parts.append(
            "select '" ~ name ~ "' as table_name, count(*) as row_count from " ~ beside_erased(views[name]) ~ ' where ' ~ is_of_erased(name, views)
        ) -%}
        {%- do ids.append('select customer_id from (' ~ views[name] ~ ') as ids') -%}
    {%- endfor -%}
    {%- if has_erasures() -%}
        {%- do parts.append(
            "select 'erased_customers' as table_name, count(*) as row_count from " ~ list ~ ' where customer_id not in (select customer_id from ('
            ~ ids | join(' union all ') ~ ') as known where customer_id is not null)'
        ) -%}
    {%- else -%}
        {%- do parts.append("select cast(null as string) as table_name, cast(null as bigint) as row_count where false") -%}
    {%- endif -%}
    {%- do run_query('create or replace view ' ~ shop_files('erasures').relation ~ ' as ' ~ parts | join(' union all ')) -%}
{% endmacro %}
