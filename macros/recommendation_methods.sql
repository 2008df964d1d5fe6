{#-
    The one registry of the methods of recommending: {name: what is declared of it}.

    model             the model that makes it, ours unless `package` names another
    kind              `neighbors`: the model names neighbors of products, which are scored against
                      what a customer has; `customers`: it names products for customers itself
    list              `discover`: new to the customer; `buy_again`: what they bought before
    trend_exponent    of neighbors: the power of a product's trend in the score, 0 leaves it out
    settings          of neighbors: the numbers with which its model makes them, the usual one first;
                      a shop's closed windows may choose another (macros/list_blends.sql). [0] where
                      there is nothing to set
    wording           how a reason is told: `together`, or `alike` for products that are alike
    is_rule           the rule that its list has to beat
    counts_buyers     its model also has shared_buyer_count
    needs_texts       it learns from products' texts
    max_products      above so many products bought it steps aside
    reason_for_none   what to say where it proposes nothing

    A host, or whoever adapts the project, adds methods with the var `extra_methods`.
-#}
{% macro recommendation_methods() %}
    {%- set methods = {
        'item_cosine': {'model': 'ml_item_cosine', 'kind': 'neighbors', 'counts_buyers': true},
        'item_ease': {
            'model': 'ml_item_ease', 'kind': 'neighbors', 'settings': [300, 100, 1000],
            'max_products': var('ease_max_products'),
        },
        'item_recent': {
            'model': 'ml_item_recent', 'kind': 'neighbors', 'settings': [0, 5, 20, 100],
            'trend_exponent': 0,
        },
        'content': {
            'model': 'ml_content', 'kind': 'neighbors', 'trend_exponent': 0.5, 'wording': 'alike',
            'needs_texts': true, 'reason_for_none': 'no two products are described alike',
        },
        'user_cosine': {'model': 'ml_user_cosine', 'kind': 'customers'},
        'matrix_factorization': {'model': 'ml_matrix_factorization', 'kind': 'customers'},
        'popular': {
            'model': 'int_popular', 'kind': 'customers', 'is_rule': true,
            'reason_for_none': 'whoever is active has bought all that is popular',
        },
        'popular_in_group': {
            'model': 'int_popular_in_group', 'kind': 'customers',
            'reason_for_none': 'whoever is active has bought all that is popular',
        },
        'frequency': {
            'model': 'int_frequency', 'kind': 'customers', 'list': 'buy_again', 'is_rule': true,
        },
        'personal_frequency': {
            'model': 'int_personal_frequency', 'kind': 'customers', 'list': 'buy_again',
            'reason_for_none': 'nothing that was bought is still sold',
        },
        'due_date': {
            'model': 'int_due_date', 'kind': 'customers', 'list': 'buy_again',
            'reason_for_none': 'nobody bought anything on two days',
        },
    } -%}
    {%- for name, method in methods.items() -%}
        {%- do method.update({'package': 'customer_value'}) -%}
    {%- endfor -%}
    {%- do customer_value.check_extra_methods(methods) -%}
    {%- do methods.update(var('extra_methods') or {}) -%}

    {#- another method of a model of ours has its settings -#}
    {%- set settings = {} -%}
    {%- for method in methods.values() if method.settings is defined -%}
        {%- do settings.update({method.model: method.settings}) -%}
    {%- endfor -%}

    {%- set complete = {} -%}
    {%- for name, method in methods.items() -%}
        {%- do complete.update({name: dict({
            'package': none, 'list': 'discover', 'trend_exponent': 1, 'settings': settings.get(method.model, [0]), 'wording': 'together', 'is_rule': false,
            'counts_buyers': false, 'needs_texts': false, 'max_products': none,
            'reason_for_none': 'nothing was bought together with anything else that is still sold',
        }, **method)}) -%}
    {%- endfor -%}
    {{ return(complete) }}
{% endmacro %}


{#- Refuse what `extra_methods` may not say, in one sentence. -#}
{% macro check_extra_methods(own) %}
    {%- set extra = var('extra_methods') or {} -%}
    {%- set example = "{same_shelf: {model: int_same_shelf, kind: neighbors}}" -%}
    {%- if extra is not mapping -%}
        {%- do customer_value.refuse("The var extra_methods is " ~ (extra | tojson) ~ ", but has to be a mapping such as " ~ example) -%}
    {%- endif -%}
    {%- for name, method in extra.items() -%}
        {%- set label = "The var extra_methods." ~ name -%}
        {%- if not modules.re.match('^[a-z][a-z0-9_]*$', name | string) or name in own or name in ['buy_again', 'discover'] -%}
            {%- do customer_value.refuse(label ~ " has to have a name of its own, in small letters, digits and _") -%}
        {%- elif method is not mapping or method.get('model') is not string or method.get('kind') not in ['neighbors', 'customers'] -%}
            {%- do customer_value.refuse(label ~ " has to name a model, and its kind, neighbors or customers, as in " ~ example) -%}
        {%- endif -%}
        {%- for key in method if key not in ['model', 'package', 'kind', 'list', 'trend_exponent', 'wording', 'reason_for_none'] -%}
            {%- do customer_value.refuse(label ~ "." ~ key ~ " is not known: use model, package, kind, list, trend_exponent, wording or reason_for_none") -%}
        {%- endfor -%}
        {%- if method.get('list', 'discover') not in ['buy_again', 'discover'] or (method.kind == 'neighbors' and method.get('list') == 'buy_again') -%}
            {%- do customer_value.refuse(label ~ ".list has to be buy_again or discover, and discover for a method of neighbors, which proposes what is new") -%}
        {%- elif method.get('wording', 'together') not in ['together', 'alike'] -%}
            {%- do customer_value.refuse(label ~ ".wording has to be together or alike") -%}
        {%- endif -%}
        {%- set exponent = method.get('trend_exponent', 1) -%}
        {%- if exponent is not number or exponent is boolean or exponent < 0 or exponent > 10 -%}
            {%- do customer_value.refuse(label ~ ".trend_exponent has to be a number from 0 to 10") -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#- The relation of a method's model. -#}
{% macro method_relation(method) %}
    {{ return(ref(method.package, method.model) if method.package else ref(method.model)) }}
{% endmacro %}
