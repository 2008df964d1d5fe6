{#-
    The contract with the shop, made real. register_shop reads the contract from the source's YAML,
    checks the shop's mapping (the var `shop`) against it, and makes one view per table in which
    every column of the contract is there, as text. It checks everything before it makes anything,
    and says what is wrong in one sentence that names the table, the column and the fix.
-#}

{% macro register_shop() %}
    {%- set shop = var('shop') -%}
    {%- set contract = shop_contract() -%}
    {%- do check_shop_keys(shop, contract) -%}

    {%- do start_reading() -%}
    {%- set readers = {} -%}
    {%- for name, file in (shop.get('files') or {}).items() -%}
        {%- do readers.update({name: file_reader('shop.files.' ~ name, file, shop)}) -%}
    {%- endfor -%}

    {%- set views = {} -%}
    {%- for table in contract.values() -%}
        {%- do views.update({table.name: shop_view(table, shop, readers)}) -%}
    {%- endfor -%}

    {%- do run_query('create schema if not exists ' ~ shop_schema()) -%}
    {%- do register_erasures(shop, readers, views.customers) -%}
    {%- do finish_reading() -%}
    {%- do count_erasures(contract, views) -%}
    {%- for table in contract.values() -%}
        {%- do run_query('create or replace view ' ~ table.relation ~ ' as ' ~ without_erased(table, views)) -%}
    {%- endfor -%}
{% endmacro %}


{#- {table name: {name, relation, columns: {column name: contract column}}}, in the YAML's order of columns. -#}
{% macro shop_contract() %}
    {%- set contract = {} -%}
    {%- for source in graph.sources.values() | sort(attribute='name')
        if source.source_name == 'shop' and source.package_name == 'customer_value' -%}
        {%- do contract.update({source.name: {
            'name': source.name,
            'relation': api.Relation.create(source.database, source.schema, source.identifier),
            'columns': source.columns,
        }}) -%}
    {%- endfor -%}
    {{ return(contract) }}
{% endmacro %}


{#- The same of a table that register_shop makes beside the contract's; while dbt parses there is none. -#}
{% macro shop_files(name) %}
    {%- if not execute -%}
        {{ return({}) }}
    {%- endif -%}
    {%- for source in graph.sources.values()
        if source.source_name == 'shop_files' and source.name == name and source.package_name == 'customer_value' -%}
        {{ return({
            'name': name,
            'relation': api.Relation.create(source.database, source.schema, source.identifier),
            'columns': source.columns,
        }) }}
    {%- endfor -%}
{% endmacro %}


{#- The schema of the contract's views, and of the tables that say how they came about. -#}
{% macro shop_schema() %}
    {{ return(shop_contract().order_lines.relation.schema) }}
{% endmacro %}


{% macro check_shop_keys(shop, contract) %}
    {%- set contract = dict(contract, erased_customers=shop_files('erased_customers')) -%}
    {%- set tables = contract.keys() | list -%}
    {%- if shop is not mapping -%}
        {%- do refuse("The var shop is not a mapping: give it one key per table, such as order_lines: {from: orders.csv}") -%}
    {%- endif -%}
    {%- if shop.get('files') is not none and shop.get('files') is not mapping -%}
        {%- do refuse("shop.files is not a mapping: give each file a name, such as lines: orders.csv") -%}
    {%- endif -%}
    {%- if shop.get('name') in ['shop', 'core', 'marts', 'staging', 'intermediate', 'ml', 'reference', 'restricted'] -%}
        {%- do refuse("shop.name is '" ~ shop.name ~ "', which is the name of a schema: give the shop another one") -%}
    {%- endif -%}
    {%- for key in shop if key not in tables + ['name', 'folder', 'files'] -%}
        {%- do refuse("shop." ~ key ~ " is not a table of the contract: use one of " ~ tables | join(', ') ~ ", or name, folder, files") -%}
    {%- endfor -%}
    {%- if 'order_lines' not in shop -%}
        {%- do refuse("shop.order_lines is missing: say where it comes from, or from: none where the shop has no orders") -%}
    {%- endif -%}
    {%- for table in tables if shop.get(table) -%}
        {%- if shop[table] is not mapping or 'from' not in shop[table] -%}
            {%- do refuse("shop." ~ table ~ " has no from: name a file, a table or a query there, or none") -%}
        {%- endif -%}
        {%- for key in shop[table] if key not in ['from', 'columns', 'passthrough', 'safe_passthrough'] -%}
            {%- do refuse("shop." ~ table ~ "." ~ key ~ " is not known: use from, columns, passthrough or safe_passthrough") -%}
        {%- endfor -%}
        {%- set origin = shop[table]['from'] -%}
        {%- if origin is not string and origin is not mapping and origin is not none -%}
            {%- do refuse("shop." ~ table ~ ".from is " ~ (origin | tojson) ~ ": name one file, glob, table or query there, or none") -%}
        {%- endif -%}
        {%- if shop[table].get('columns') is not none and shop[table].get('columns') is not mapping -%}
            {%- do refuse("shop." ~ table ~ ".columns is not a mapping: write contract column: raw column or expression") -%}
        {%- endif -%}
        {%- for key in ['passthrough', 'safe_passthrough'] if shop[table].get(key) is string -%}
            {%- do refuse("shop." ~ table ~ "." ~ key ~ " is a text: write a list of raw columns, or name: raw column or expression") -%}
        {%- endfor -%}
        {%- for column in shop[table].get('columns') or {} if column not in contract[table].columns -%}
            {%- do refuse(
                "shop." ~ table ~ ".columns." ~ column ~ " is not a column of the contract: use one of "
                ~ contract[table].columns | join(', ') ~ ", or name it under passthrough"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{#- The select that stands behind the view of one table. -#}
{% macro shop_view(table, shop, readers) %}
    {%- set mapping = shop.get(table.name) or {} -%}
    {%- set origin = mapping.get('from') -%}
    {%- set extras = ['attributes', 'restricted_attributes', 'raw_row', 'unreadable_reason', 'unreadable_row'] -%}

    {%- if origin in [none, 'none', 'None', ''] -%}
        {%- set columns = [] -%}
        {%- for column in table.columns.keys() | list + extras -%}
            {%- do columns.append((no_row() if column == 'raw_row' else 'cast(null as string)') ~ ' as ' ~ column) -%}
        {%- endfor -%}
        {{ return('select ' ~ columns | join(', ') ~ ' where false') }}
    {%- endif -%}

    {%- set label = 'shop.' ~ table.name -%}
    {%- set raw = shop_origin(label ~ '.from', origin, shop, readers) -%}
    {%- do check_query(
        label ~ ".from is '" ~ (origin.path if origin is mapping else origin) ~ "', which " ~ engine() ~ " cannot read: check that "
        ~ ("the query runs over " ~ (readers.keys() | join(', ') or 'tables of this database, or name files under shop.files') if is_query(origin)
            else "the file is whole, of the kind that its name says, and its options are DuckDB's" if is_path(origin) or origin in readers.keys() | list
            else "it is a file's path, a name under shop.files, or a table of this database"),
        'select * from (' ~ raw ~ ') limit 0'
    ) -%}
    {%- set described = raw_header(raw) -%}
    {%- set header = described.columns[0].values() | list -%}
    {%- set blankless = [] -%}
    {%- for row in described.rows if is_number_or_time(row[1]) -%}
        {%- do blankless.append(quoted_name(row[0])) -%}
    {%- endfor -%}
    {%- set given = mapping.get('columns') or {} -%}
    {%- set texts, columns = [], [] -%}
    {%- for name, column in table.columns.items() -%}
        {%- set meta = column.get('config', {}).get('meta') or column.meta -%}
        {%- set is_required = meta.get('is_required') and not (
            meta.get('unless') in given or meta.get('unless') in header | map('lower')
        ) -%}
        {%- set expression = shop_column(label ~ '.' ~ name, given.get(name, name), raw, header, name in given, is_required, meta.get('unless')) -%}
        {%- do texts.append('cast(' ~ expression ~ ' as string) as ' ~ name) -%}
        {%- do columns.append(
            name if expression == 'null' or expression in blankless
            else trimmed(name, column.data_type != 'string' or name.endswith('_id')) ~ ' as ' ~ name
        ) -%}
    {%- endfor -%}
    {%- for extra, key in [('attributes', 'safe_passthrough'), ('restricted_attributes', 'passthrough')] -%}
        {%- do texts.append(shop_passthrough(label ~ '.' ~ key, mapping.get(key), raw, header) ~ ' as ' ~ extra) -%}
        {%- do columns.append(extra) -%}
    {%- endfor -%}
    {%- set view = 'select ' ~ columns | join(', ') ~ ', raw_row, cast(null as string) as unreadable_reason, cast(null as string) as unreadable_row from (select '
        ~ texts | join(', ') ~ ', ' ~ whole_row('shop_row') ~ ' as raw_row from (' ~ raw ~ ') as shop_row) as shop_texts' -%}
    {{ return(view ~ unreadable_rows(table, shop, readers)) }}
{% endmacro %}


{#-
    The records of the table's files that are none, as rows that staging rejects; nothing where there
    are none. A file's count for the tables that are that file, or, if queries alone read it, for
    each of those.
-#}
{% macro unreadable_rows(table, shop, readers) %}
    {%- set labels = unreadable_files() -%}
    {%- set direct, queried = {}, {} -%}
    {%- for name in shop_tables() if shop.get(name) -%}
        {%- set origin = shop[name]['from'] -%}
        {%- if is_query(origin) -%}
            {%- for file in readers if modules.re.search('(?i)(?<!\\w)' ~ modules.re.escape(file) ~ '(?!\\w)', origin) -%}
                {%- do queried.setdefault('shop.files.' ~ file, []).append(name) -%}
            {%- endfor -%}
        {%- else -%}
            {%- set label = 'shop.files.' ~ origin if origin is string and origin in readers else 'shop.' ~ name ~ '.from' -%}
            {%- do direct.setdefault(label, []).append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set taken = [] -%}
    {%- for label in labels if table.name in direct.get(label, queried.get(label, [])) -%}
        {%- do taken.append("'" ~ label | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- if not taken -%}
        {{ return('') }}
    {%- endif -%}
    {%- set nulls = [] -%}
    {%- for column in table.columns.keys() | list + ['attributes', 'restricted_attributes', 'raw_row'] -%}
        {%- do nulls.append('null as ' ~ column) -%}
    {%- endfor -%}
    {{ return(
        ' union all select ' ~ nulls | join(', ') ~ ', reason as unreadable_reason, '
        ~ json_row(['path', 'line_number', 'record']) ~ ' as unreadable_row from ' ~ shop_schema() ~ '.unreadable_records'
        ~ ' where file_name in (' ~ taken | join(', ') ~ ')'
    ) }}
{% endmacro %}


{#- The SQL of one mapped column: a raw column, or an expression that is null where it fails. -#}
{% macro shop_column(label, given, raw, header, is_given, is_required, unless=none) %}
    {%- if given is boolean -%}
        {%- do refuse(
            label ~ " is mapped to " ~ (given | string | lower) ~ ", as which YAML reads No, Yes, On and Off: put the column's name in quotes, "
            ~ 'as in "No"'
        ) -%}
    {%- endif -%}
    {%- set given = given | string -%}
    {%- for column in header if column | lower == given | lower -%}
        {{ return(quoted_name(column)) }}
    {%- endfor -%}

    {%- set choices = "use one of " ~ header | join(', ') -%}
    {%- if not is_given and not is_required -%}
        {{ return('null') }}
    {%- elif not is_given -%}
        {%- do refuse(
            label ~ " is required, and the shop has no column of that name: map it" ~ (" or " ~ unless if unless else "")
            ~ " under columns and " ~ choices
        ) -%}
    {%- elif modules.re.match('^[A-Za-z_][A-Za-z0-9_ ]*$', given) and given | lower not in ['null', 'true', 'false'] -%}
        {%- do refuse(label ~ " is mapped to '" ~ given ~ "', which is not there: " ~ choices) -%}
    {%- endif -%}

    {%- set expression = null_where_it_fails(given) -%}
    {%- do check_query(
        label ~ " is mapped to '" ~ given ~ "', which is neither a raw column nor an expression that " ~ engine() ~ " can run row by row: " ~ choices
        ~ ", and where you compute with a column that is text, as a CSV's are, cast it, as in cast(Price as decimal(18, 4))",
        'select ' ~ expression ~ ' from ' ~ no_rows_of(raw)
    ) -%}
    {{ return(expression) }}
{% endmacro %}


{#- Whether a raw column's values, as text, cannot have blanks around them; trimming costs as much as reading. -#}
{% macro is_number_or_time(type) %}
    {{ return(
        modules.re.match('(?i)(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT|UINTEGER|DECIMAL|FLOAT|DOUBLE|DATE|TIMESTAMP)', type) is not none
    ) }}
{% endmacro %}


{#-
    A text without white space of any kind around it; null where nothing is left, or a word for
    nothing. Trimming that many characters takes twenty times as long as a look at the first and the
    last one, which in most texts are visible ones of ASCII. The words are looked up in one text,
    since a long `in (…)` becomes a join, and then every reader pays for every column; a text that
    is longer than all of them, or begins with a digit as none of them does, is not looked up.
-#}
{% macro trimmed(text, has_null_words) %}
    {%- set blanks = ' \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff' -%}
    {%- set trimmed = trimmed_of(text, blanks) -%}
    {%- set is_visible = 'ascii(' ~ text ~ ') between 33 and 126 and ascii(right(' ~ text ~ ', 1)) between 33 and 126' -%}
    {%- if not has_null_words -%}
        {{ return('case when ' ~ is_visible ~ ' then ' ~ text ~ " else nullif(" ~ trimmed ~ ", '') end") }}
    {%- endif -%}
    {%- set words, separator = [''], '\x1f' -%}
    {%- for word in var('null_words') -%}
        {%- do words.append(word | string | lower) -%}
    {%- endfor -%}
    {%- set known = "instr('" ~ separator ~ dbt.escape_single_quotes(words | join(separator)) ~ separator ~ "', '" ~ separator ~ "' || lower(%s) || '" ~ separator ~ "') > 0" -%}
    {%- set is_no_word = 'length(' ~ text ~ ') > ' ~ (words | map('length') | max) -%}
    {%- if not modules.re.search('\x1f[0-9]', words | join(separator)) -%}
        {%- set is_no_word = 'ascii(' ~ text ~ ') between 48 and 57 or ' ~ is_no_word -%}
    {%- endif -%}
    {{ return(
        'case when ' ~ is_visible ~ ' then case when ' ~ is_no_word ~ ' or not ' ~ (known % text) ~ ' then ' ~ text
        ~ ' end when not ' ~ (known % trimmed) ~ ' then ' ~ trimmed ~ ' end'
    ) }}
{% endmacro %}


{#- The passthrough columns of a table as one JSON object; null where it has none. -#}
{% macro shop_passthrough(label, columns, raw, header) %}
    {%- if not columns -%}
        {{ return('cast(null as string)') }}
    {%- endif -%}
    {%- set texts = {} -%}
    {%- for name in columns -%}
        {%- set expression = shop_column(
            label ~ '.' ~ name, columns[name] if columns is mapping else name, raw, header, true, true
        ) -%}
        {%- do texts.update({name: 'cast(' ~ expression ~ ' as string)'}) -%}
    {%- endfor -%}
    {{ return(json_object(texts)) }}
{% endmacro %}


{#- What stands after from: a query over the named files, one of them, a path, or a table. -#}
{% macro shop_origin(label, origin, shop, readers) %}
    {%- if is_query(origin) -%}
        {%- set files = [] -%}
        {%- for name, reader in readers.items() -%}
            {%- do files.append(quoted_name(name) ~ ' as (' ~ reader ~ ')') -%}
        {%- endfor -%}
        {{ return(('with ' ~ files | join(', ') ~ ' ' if files else '') ~ 'select * from (' ~ origin ~ ')') }}
    {%- elif origin is string and origin in readers -%}
        {{ return(readers[origin]) }}
    {%- elif is_path(origin) -%}
        {{ return(file_reader(label, origin, shop)) }}
    {%- else -%}
        {{ return('select * from ' ~ origin) }}
    {%- endif -%}
{% endmacro %}


{% macro is_query(origin) %}
    {{ return((origin | string | trim | lower).split()[0] in ['select', 'with']) }}
{% endmacro %}


{% macro is_path(origin) %}
    {{ return(origin is mapping or modules.re.search('(?i)[/*\\\\]|[.](csv|tsv|txt|parquet|json|jsonl|ndjson|xlsx?|xlsm|xlsb|ods|zip|7z|rar|tar)([.](gz|zst))?$', origin | string) is not none) }}
{% endmacro %}


{#-
    The select that reads one file (or glob). `file` is a path, or a mapping with `path` and any
    options of DuckDB's reader (delim, encoding, header, …).
-#}
{% macro file_reader(label, file, shop) %}
    {%- set given = file if file is mapping else {'path': file} -%}
    {%- if not given.get('path') -%}
        {%- do refuse(label ~ " has no path: name the file there") -%}
    {%- endif -%}
    {%- set path = shop_path(given.path, shop) -%}
    {%- set is_local = '://' not in path -%}
    {%- if is_local and not file_count(path) -%}
        {%- do refuse(
            label ~ " is '" ~ given.path ~ "', but there is no file " ~ path
            ~ ": mend the path, set folder in the shop's YAML, or set the environment variable SHOP_DATA"
        ) -%}
    {%- endif -%}

    {%- set kind = modules.re.sub('(?i)[.](gz|zst)$', '', path) | lower -%}
    {%- if modules.re.search('[.](xls[xmb]?|ods)$', kind) -%}
        {%- do refuse(label ~ " is '" ~ given.path ~ "', a spreadsheet: save the sheet as CSV and name that file") -%}
    {%- elif modules.re.search('[.](zip|7z|rar|tar)$', kind) -%}
        {%- do refuse(label ~ " is '" ~ given.path ~ "', an archive: unpack it and name the file in it") -%}
    {%- elif kind.endswith('.parquet') -%}
        {{ return(parquet_reader(label, path, given)) }}
    {%- elif modules.re.search('[.](json|jsonl|ndjson)$', kind) -%}
        {{ return(json_reader(label, path, given)) }}
    {%- elif is_local -%}
        {{ return(text_reader(label, path, given)) }}
    {%- else -%}
        {{ return(remote_text_reader(label, path, given)) }}
    {%- endif -%}
{% endmacro %}


{#- A path as it stands in the YAML, seen from the project's folder. -#}
{% macro shop_path(path, shop) %}
    {%- if path.startswith('/') or '://' in path or modules.re.match('^[A-Za-z]:', path) -%}
        {{ return(path) }}
    {%- endif -%}
    {{ return((shop.get('folder') or env_var('SHOP_DATA', 'data')) ~ '/' ~ path) }}
{% endmacro %}


{#- Refuses with the sentence, and what the engine says, where a query does not run. -#}
{% macro check_query(sentence, query) %}
    {%- set reason = query_error(query) -%}
    {%- if reason -%}
        {%- do refuse(sentence ~ '. ' ~ engine() ~ ' says: ' ~ reason) -%}
    {%- endif -%}
{% endmacro %}


{% macro refuse(sentence) %}
    {%- do exceptions.raise_compiler_error(sentence ~ '.') -%}
{% endmacro %}
