{#-
    What each list may be made of: [{list, blend, parts, min_products, is_varied}]. All are tried on closed
    windows (int_list_choices), where a challenger may take the default's place; the rule is there
    to be compared with.

    blend          its name: `default`, `rule`, a method, or one with what is different about it
    parts          [{method, setting}] whose scores are added up with equal weights
    min_products   customers with fewer products to learn from get the fallbacks first
    is_varied      whether a third product whose name is like those of two before it goes to the end;
                   `varied` is the default with it, which shows what that costs

    Only what needs no new fit is tried: methods that name neighbors, each at each of its settings,
    and those of buy_again, which are rules over what the customer bought.
-#}
{% macro list_blends() %}
    {%- set methods = customer_value.recommendation_methods() -%}
    {%- set blends = [] -%}
    {%- for list, names in customer_value.list_methods().items() -%}
        {%- set default = [] -%}
        {%- for name in names -%}
            {%- do default.append({'method': name, 'setting': methods[name].settings | first}) -%}
        {%- endfor -%}
        {%- do blends.append({'list': list, 'blend': 'default', 'parts': default, 'min_products': 1}) -%}

        {%- for name, method in methods.items() if method.list == list and method.is_rule -%}
            {%- do blends.append({
                'list': list, 'blend': 'rule', 'parts': [{'method': name, 'setting': 0}], 'min_products': 1,
            }) -%}
        {%- endfor -%}

        {%- if list == 'discover' -%}
            {%- do blends.append({
                'list': list, 'blend': 'varied', 'parts': default, 'min_products': 1, 'is_varied': true,
            }) -%}
        {%- endif -%}

        {%- for name, method in methods.items() -%}
            {%- set is_tried = method.kind == 'neighbors' or list == 'buy_again' -%}
            {%- if method.list == list and not method.is_rule and is_tried -%}
                {%- for setting in method.settings -%}
                    {%- set part = {'method': name, 'setting': setting} -%}
                    {%- if default != [part] -%}
                        {%- do blends.append({
                            'list': list, 'blend': customer_value.blend_name(name, setting, loop.first),
                            'parts': [part], 'min_products': 1,
                        }) -%}
                    {%- endif -%}
                    {%- if not loop.first and name in names and names | length > 1 -%}
                        {%- do blends.append({
                            'list': list, 'blend': 'default_' ~ customer_value.blend_name(name, setting, false),
                            'parts': default | rejectattr('method', 'equalto', name) | list + [part],
                            'min_products': 1,
                        }) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}

        {%- if list == 'discover' and var('fallback_methods') -%}
            {%- for least in [2, 3, 5] -%}
                {%- do blends.append({
                    'list': list, 'blend': 'default_min_products_' ~ least, 'parts': default,
                    'min_products': least,
                }) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(blends) }}
{% endmacro %}


{#- The name of a method with a setting. -#}
{% macro blend_name(method, setting, is_usual) %}
    {{ return(method if is_usual else method ~ '_' ~ setting) }}
{% endmacro %}
