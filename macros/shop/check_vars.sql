{#- The vars of the project: what each may be. check_vars says in one sentence which one is not. -#}

{% macro var_rules() %}
    {{ return({
        'file_format': {'kind': 'choice', 'choices': ['parquet', 'delta', 'iceberg']},
        'schema_prefix': {'kind': 'identifier'},
        'pseudonymize_customers': {'kind': 'boolean'},
        'encrypt_marts': {'kind': 'boolean'},
        'private_epsilon': {'kind': 'number', 'low': 0, 'high': 10},
        'private_epsilon_budget': {'kind': 'number', 'low': 0, 'high': 1000},
        'private_months': {'kind': 'integer', 'low': 1, 'high': 60},
        'private_amount_bounds': {'kind': 'bounds'},
        'input_change_severity': {'kind': 'choice', 'choices': ['warn', 'error']},
        'fairness_ratio': {'kind': 'number', 'low': 0, 'high': 1},
        'fairness_attributes': {'kind': 'some_of', 'known': ['gender', 'country', 'age_band', 'tenure', 'value_tier']},
        'fairness_mitigation': {'kind': 'choice', 'choices': ['', 'gender', 'country', 'age_band']},
        'fairness_severity': {'kind': 'choice', 'choices': ['warn', 'error']},
        'min_cell_size': {'kind': 'integer', 'low': 0, 'high': 1000},
        'null_words': {'kind': 'list'},
        'min_order_date': {'kind': 'date'},
        'max_gap_days': {'kind': 'integer', 'low': 1, 'high': 36500},
        'order_span_days': {'kind': 'integer', 'low': 1, 'high': 36500},
        'keep_duplicate_lines': {'kind': 'boolean'},
        'cancelled_statuses': {'kind': 'list'},
        'non_product_pattern': {'kind': 'pattern', 'columns': ['product_id', 'product_name', 'product_category']},
        'outlier_threshold': {'kind': 'number', 'low': 1, 'high': 1000},
        'exclude_outliers': {'kind': 'boolean'},
        'currency': {'kind': 'text'},
        'number_locale': {'kind': 'locale'},
        'monetary_measure': {'kind': 'choice', 'choices': ['net', 'gross']},
        'count_free_orders': {'kind': 'boolean'},
        'shortest_gap_days': {'kind': 'integer', 'low': 1, 'high': 3650},
        'still_sold_days': {'kind': 'integer', 'low': 1, 'high': 3650},
        'session_idle_minutes': {'kind': 'integer', 'low': 1, 'high': 1440},
        'path_steps': {'kind': 'integer', 'low': 1, 'high': 20},
        'recent_days': {'kind': 'integer', 'low': 1, 'high': 365},
        'comparison_days': {'kind': 'integer', 'low': 1, 'high': 3650},
        'as_of_date': {'kind': 'date', 'may_be_empty': true},
        'prediction_horizon_days': {'kind': 'integer', 'low': 1, 'high': 730},
        'backtest_dates': {'kind': 'dates'},
        'annual_discount_rate': {'kind': 'number', 'low': 0, 'high': 10},
        'training_windows': {'kind': 'integer', 'low': 0, 'high': 24},
        'history_months': {'kind': 'integer', 'low': 0, 'high': 120},
        'segmentations': {'kind': 'segmentations'},
        'segment_counts': {'kind': 'counts'},
        'interest_categories': {'kind': 'integer', 'low': 0, 'high': 30},
        'max_segments': {'kind': 'integer', 'low': 2, 'high': 20},
        'segment_alternatives': {'kind': 'some_of', 'known': ['ward', 'hdbscan']},
        'refit': {'kind': 'refit'},
        'fit_sample_customers': {'kind': 'integer', 'low': 100, 'high': 1000000},
        'interaction_value': {'kind': 'choice', 'choices': ['implicit', 'rating']},
        'use_recency': {'kind': 'boolean'},
        'extra_methods': {'kind': 'methods'},
        'candidate_count': {'kind': 'integer', 'low': 1, 'high': 50},
        'similarity_measure': {'kind': 'choice', 'choices': ['cosine', 'jaccard', 'lift', 'adjusted_cosine']},
        'ease_max_products': {'kind': 'integer', 'low': 0, 'high': 50000},
        'content_measure': {'kind': 'choice', 'choices': ['cosine', 'jaccard']},
        'user_similarity': {'kind': 'choice', 'choices': ['cosine', 'pearson']},
        'recommend_active_days': {'kind': 'integer', 'low': 1, 'high': 36500},
        'recommendation_count': {'kind': 'integer', 'low': 1, 'high': 50},
        'buy_again_methods': {'kind': 'method_names', 'list': 'buy_again', 'least': 1},
        'discover_methods': {'kind': 'method_names', 'list': 'discover', 'least': 1},
        'fallback_methods': {'kind': 'method_names', 'list': 'discover', 'least': 0},
        'list_choices': {'kind': 'blends'},
        'discover_new_categories': {'kind': 'boolean'},
        'discover_price_band': {'kind': 'band'},
        'discover_max_per_category': {'kind': 'integer', 'low': 0, 'high': 100},
        'ignored_discount': {'kind': 'number', 'low': 0, 'high': 1},
        'feedback_days': {'kind': 'integer', 'low': 1, 'high': 365},
        'audience_size': {'kind': 'integer', 'low': 1, 'high': 1000000},
        'feature_columns': {'kind': 'columns'},
        'carried_fit': {'kind': 'text'},
        'churn_methods': {'kind': 'learned_methods', 'known': customer_value.classifiers()},
        'propensity_days': {'kind': 'integer', 'low': 1, 'high': 90},
        'propensity_methods': {'kind': 'learned_methods', 'known': customer_value.classifiers()},
        'spend_methods': {'kind': 'learned_methods', 'known': customer_value.regressors()},
        'demand_weeks': {'kind': 'integer', 'low': 1, 'high': 13},
        'demand_methods': {'kind': 'learned_methods', 'known': customer_value.demand_methods()},
        'arima_max_series': {'kind': 'integer', 'low': 0, 'high': 1000},
        'default_lead_time_days': {'kind': 'integer', 'low': 0, 'high': 730},
        'service_level': {'kind': 'number', 'low': 0.5, 'high': 0.9999},
        'order_cycle_days': {'kind': 'integer', 'low': 0, 'high': 730},
        'overstock_days': {'kind': 'integer', 'low': 1, 'high': 3650},
        'value_score_weights': {'kind': 'weights', 'names': ['recency', 'frequency', 'monetary', 'retention']},
        'control_variants': {'kind': 'list'},
        'campaign_shares': {'kind': 'shares'},
        'campaign_outcome_days': {'kind': 'integer', 'low': 1, 'high': 730},
        'campaign_history_days': {'kind': 'integer', 'low': 1, 'high': 3650},
        'campaign_covariate': {'kind': 'column'},
        'campaign_segments': {'kind': 'columns'},
        'assume_consent': {'kind': 'boolean'},
        'contact_budget': {'kind': 'number', 'low': 0, 'high': 1000000000},
        'control_share': {'kind': 'number', 'low': 0, 'high': 0.9},
        'margin_share': {'kind': 'number', 'low': 0, 'high': 1},
        'assumed_purchase_probability': {'kind': 'number', 'low': 0, 'high': 1},
        'lift_spread': {'kind': 'number', 'low': 0.01, 'high': 10},
        'assumed_lift': {'kind': 'number', 'low': 0, 'high': 10},
        'fit_sample_reviews': {'kind': 'integer', 'low': 100, 'high': 1000000},
        'neutral_band': {'kind': 'score_band'},
        'order_outcome_days': {'kind': 'integer', 'low': 1, 'high': 365},
        'verify_order_share': {'kind': 'number', 'low': 0, 'high': 1},
        'hold_order_share': {'kind': 'number', 'low': 0, 'high': 1},
        'bundle_min_baskets': {'kind': 'integer', 'low': 1, 'high': 1000000},
        'evaluation_sample_customers': {'kind': 'integer', 'low': 1, 'high': 100000000},
        'evaluate_last_basket': {'kind': 'boolean'},
        'drift_warning_level': {'kind': 'number', 'low': 0, 'high': 10},
        'min_customers': {'kind': 'integer', 'low': 2, 'high': 100000000},
        'recommendation_severity': {'kind': 'choice', 'choices': ['warn', 'error']},
        'accepted_ndcg': {'kind': 'accepted'},
    }) }}
{% endmacro %}


{#- Vars of version 0.1.0 that are gone: what stands in their place. -#}
{% macro former_vars() %}
    {%- set fixed = 'it is a named constant beside its method now (docs/models/), so leave it out' -%}
    {%- set former = {
        'neighbor_methods': 'add methods with extra_methods, and leave ours as they are',
        'customer_methods': 'add methods with extra_methods, and leave ours as they are',
        'trend_exponents': 'give trend_exponent to a method in extra_methods; ours have theirs in macros/recommendation_methods.sql',
        'segments_fitted_as_of': 'set refit to {frozen: that day}, which holds predictions, too',
        'use_trend': 'use_recency off turns the trend off, too',
        'trend_days': 'popular is what was bought in the last 30 days',
        'costly_method_customers': 'a method serves the customers of evaluation_sample_customers, or everybody where a list asks it',
    } -%}
    {%- for name in [
        'segment_min_stability', 'profile_half_life_days', 'event_half_life_days', 'recent_half_life_days',
        'frequency_half_life_days', 'trend_half_life_days', 'similarity_neighbors', 'similarity_weighting',
        'min_shared_buyers', 'min_set_buyers', 'ease_regularization', 'ease_neighbors', 'user_neighbors',
        'factor_count', 'factor_regularization', 'factor_iterations', 'bundle_count'
    ] -%}
        {%- do former.update({name: fixed}) -%}
    {%- endfor -%}
    {{ return(former) }}
{% endmacro %}


{% macro check_vars() %}
    {%- for name, instead in former_vars().items() if var(name, none) is not none -%}
        {%- do exceptions.raise_compiler_error("The var " ~ name ~ " is gone: " ~ instead ~ ".") -%}
    {%- endfor -%}
    {%- if project_name == 'customer_value' -%}
        {%- for name in invocation_args_dict.get('vars') or {} if name not in var_rules() and name != 'shop' -%}
            {%- do exceptions.raise_compiler_error(
                "There is no var " ~ name ~ ": docs/VARIABLES.md lists them; mend its name in the shop's YAML or in --vars."
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name, rule in var_rules().items() -%}
        {%- set value = var(name) -%}
        {%- set expected = var_problem(value, rule) -%}
        {%- if expected -%}
            {%- do exceptions.raise_compiler_error(
                "The var " ~ name ~ " is " ~ (value | tojson) ~ ", but has to be " ~ expected
                ~ ": set it in the shop's YAML or with --vars."
            ) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if var('user_similarity') == 'pearson' and var('interaction_value') != 'rating' -%}
        {%- do exceptions.raise_compiler_error(
            "The var user_similarity is pearson, which asks for ratings, but interaction_value is implicit: "
            ~ "set interaction_value to rating, or user_similarity to cosine."
        ) -%}
    {%- endif -%}

    {%- if var('similarity_measure') == 'adjusted_cosine' and var('interaction_value') != 'rating' -%}
        {%- do exceptions.raise_compiler_error(
            "The var similarity_measure is adjusted_cosine, which asks for ratings, but interaction_value is implicit: "
            ~ "set interaction_value to rating, or similarity_measure to cosine, jaccard or lift."
        ) -%}
    {%- endif -%}

    {%- if var('hold_order_share') > var('verify_order_share') -%}
        {%- do exceptions.raise_compiler_error(
            "The var hold_order_share is " ~ var('hold_order_share') ~ ", more than verify_order_share, which counts held orders, too: "
            ~ "set hold_order_share to " ~ var('verify_order_share') ~ " at the most."
        ) -%}
    {%- endif -%}

    {%- if var('pseudonymize_customers')
        and run_query("select coalesce(strlen(trim(getvariable('customer_key'))) >= 16, false)").columns[0].values()[0] is false -%}
        {%- do exceptions.raise_compiler_error(
            "The var pseudonymize_customers is on, but there is no key of 16 bytes or more to hash customer_id with: "
            ~ "set the environment variable CUSTOMER_KEY to a long secret that stays the same from build to build."
        ) -%}
    {%- endif -%}
{% endmacro %}


{#- What the value would have to be; nothing where it is that already. -#}
{% macro var_problem(value, rule) %}
    {%- if rule.kind == 'boolean' and value is not boolean -%}
        {{ return('true or false') }}

    {%- elif rule.kind in ['integer', 'number'] -%}
        {%- set fits = (value is integer and value is not boolean) or (rule.kind == 'number' and value is float) -%}
        {%- if not fits or value < rule.low or value > rule.high -%}
            {{ return(
                ('a whole number' if rule.kind == 'integer' else 'a number')
                ~ ' from ' ~ rule.low ~ ' to ' ~ rule.high
            ) }}
        {%- endif -%}

    {%- elif rule.kind == 'date' -%}
        {%- if not (rule.get('may_be_empty') and value in ['', none]) and not is_day(value) -%}
            {{ return('a day as YYYY-MM-DD') }}
        {%- endif -%}

    {%- elif rule.kind == 'refit' -%}
        {%- set is_held = value is mapping and value | length == 1 and value.keys() | first in ['frozen', 'on_drift'] -%}
        {%- if value != 'always' and not (is_held and is_day(value.values() | first)) -%}
            {{ return('always, or {frozen: day} or {on_drift: day}, the day as YYYY-MM-DD') }}
        {%- endif -%}

    {%- elif rule.kind == 'dates' -%}
        {%- if value is string or value is not sequence -%}
            {{ return('a list of days as YYYY-MM-DD') }}
        {%- endif -%}
        {%- for day in value if not is_day(day) -%}
            {{ return('a list of days as YYYY-MM-DD') }}
        {%- endfor -%}

    {%- elif rule.kind == 'list' and (value is string or value is not sequence) -%}
        {{ return('a list') }}

    {%- elif rule.kind == 'columns' -%}
        {%- if value is string or value is not sequence -%}
            {{ return('a list of attributes of customers, or of passthrough columns that are declared safe') }}
        {%- endif -%}
        {%- for name in value if not modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', name | string) or value.count(name) > 1 -%}
            {{ return('a list of columns, each once, in letters, digits and _ (see ' ~ name ~ ')') }}
        {%- endfor -%}

    {%- elif rule.kind == 'learned_methods' -%}
        {%- set known = rule.known -%}
        {%- if value is string or value is not sequence or value | length == 0 -%}
            {{ return('a list of methods, one at least, of ' ~ known | join(', ')) }}
        {%- endif -%}
        {%- for name in value if name not in known or value.count(name) > 1 -%}
            {{ return('a list of methods, each once (not ' ~ name ~ '), of ' ~ known | join(', ')) }}
        {%- endfor -%}

    {%- elif rule.kind == 'bounds' -%}
        {%- set fits = value is not string and value is sequence and value | length == 2
            and value | select('number') | list | length == 2 -%}
        {%- if not fits or value[0] > 0 or value[1] <= 0 -%}
            {{ return('two amounts, the first not above 0 and the second above it') }}
        {%- endif -%}

    {%- elif rule.kind == 'some_of' -%}
        {%- if value is string or value is not sequence -%}
            {{ return('a list of ' ~ rule.known | join(', ')) }}
        {%- endif -%}
        {%- for name in value if name not in rule.known or value.count(name) > 1 -%}
            {{ return('a list, each once (not ' ~ name ~ '), of ' ~ rule.known | join(', ')) }}
        {%- endfor -%}

    {%- elif rule.kind == 'segmentations' -%}
        {%- set features = rfm_features() + behavior_features() + ['median_quantity'] -%}
        {%- if value is not mapping or not value -%}
            {{ return('a mapping, name: {feature: [word for low, word for high]}') }}
        {%- endif -%}
        {%- for name, words in value.items() -%}
            {%- if not modules.re.match('^[a-z][a-z0-9_]*$', name | string) -%}
                {{ return('named in small letters, digits and _ (not ' ~ name ~ ')') }}
            {%- elif name == 'interest' or name.startswith('carried_') -%}
                {{ return('not named interest or carried_…, which are there already (see ' ~ name ~ ')') }}
            {%- elif words is not mapping or not words -%}
                {{ return('a mapping, name: {feature: [word for low, word for high]}') }}
            {%- endif -%}
            {%- for feature, pair in words.items() -%}
                {%- if feature not in features -%}
                    {{ return('of features that there are (not ' ~ feature ~ '): ' ~ features | join(', ')) }}
                {%- elif pair is string or pair is not sequence or pair | length != 2 or "'" in pair | join -%}
                    {{ return('two words for each feature, for low and high, without a quote (see ' ~ feature ~ ')') }}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}

    {%- elif rule.kind == 'counts' -%}
        {%- if value is not mapping -%}
            {{ return('a mapping, name of a segmentation: number of segments') }}
        {%- endif -%}
        {%- for name, count in value.items() if count is not integer or count is boolean or count < 1 or name not in var('segmentations').keys() | list + ['interest'] -%}
            {{ return('a mapping, name of a segmentation: number of segments from 1 (see ' ~ name ~ ')') }}
        {%- endfor -%}

    {%- elif rule.kind == 'column' -%}
        {%- if not modules.re.match('^([A-Za-z_][A-Za-z0-9_]*)?$', value | string) -%}
            {{ return('a passthrough column, in letters, digits and _, or nothing') }}
        {%- endif -%}

    {%- elif rule.kind == 'weights' -%}
        {%- if value is not mapping or value.keys() | sort != rule.names | sort
            or value.values() | reject('number') | list or value.values() | select('<', 0) | list
            or (value.values() | sum - 1) | abs > 0.001 -%}
            {{ return('a mapping of ' ~ rule.names | join(', ') ~ ', each from 0, that adds up to 1') }}
        {%- endif -%}

    {%- elif rule.kind == 'shares' -%}
        {%- if value is not mapping or value.values() | reject('mapping') | list -%}
            {{ return('a mapping, campaign: {arm: share}') }}
        {%- endif -%}
        {%- for campaign, arms in value.items() -%}
            {%- if arms.values() | reject('number') | list or arms.values() | select('<=', 0) | list or (arms.values() | sum - 1) | abs > 0.001 -%}
                {{ return('a mapping, campaign: {arm: share}, whose shares are above 0 and add up to 1 (see ' ~ campaign ~ ')') }}
            {%- endif -%}
        {%- endfor -%}

    {%- elif rule.kind == 'methods' -%}
        {%- do recommendation_methods() -%}

    {%- elif rule.kind == 'method_names' -%}
        {%- set fitting = [] -%}
        {%- for name, method in recommendation_methods().items() if method.list == rule.list -%}
            {%- do fitting.append(name) -%}
        {%- endfor -%}
        {%- if value is string or value is not sequence or value | length < rule.least -%}
            {{ return('a list of methods' ~ (', one at least' if rule.least else '')) }}
        {%- endif -%}
        {%- for name in value if name not in fitting -%}
            {{ return('a list of methods of ' ~ rule.list ~ ' (not ' ~ name ~ '): ' ~ fitting | join(', ')) }}
        {%- endfor -%}

    {%- elif rule.kind == 'band' -%}
        {%- set fits = value is not string and value is sequence and (
            value | length == 0 or (value | length == 2 and value | select('number') | list | length == 2)
        ) -%}
        {%- if not fits or (value and not 0 <= value[0] < value[1]) -%}
            {{ return('empty, or two numbers from 0, the lower one first') }}
        {%- endif -%}

    {%- elif rule.kind == 'score_band' -%}
        {%- set fits = value is not string and value is sequence and value | length == 2
            and value | select('number') | list | length == 2 -%}
        {%- if not fits or not 0 <= value[0] <= 0.5 <= value[1] <= 1 -%}
            {{ return('two numbers from 0 to 1, one below 0.5 and one above it') }}
        {%- endif -%}

    {%- elif rule.kind == 'blends' -%}
        {%- if value is not mapping or value.keys() | reject('in', ['buy_again', 'discover']) | list -%}
            {{ return('a mapping, buy_again or discover: the name of a blend') }}
        {%- endif -%}
        {%- for list, name in value.items() -%}
            {%- set known = customer_value.list_blends() | selectattr('list', 'equalto', list) | map(attribute='blend') | reject('equalto', 'rule') | list -%}
            {%- if name not in known -%}
                {{ return('a mapping, buy_again or discover: the name of a blend (of ' ~ list ~ ' one of ' ~ known | join(', ') ~ ')') }}
            {%- endif -%}
        {%- endfor -%}

    {%- elif rule.kind == 'accepted' -%}
        {%- if value is not mapping -%}
            {{ return('a mapping, buy_again or discover: nDCG@10') }}
        {%- endif -%}
        {%- for name, number in value.items() if name not in ['buy_again', 'discover'] or number is not number or number < 0 or number > 1 -%}
            {{ return('a mapping, buy_again or discover: nDCG@10 from 0 to 1 (see ' ~ name ~ ')') }}
        {%- endfor -%}

    {%- elif rule.kind == 'pattern' -%}
        {%- if value is not string and value is not mapping -%}
            {{ return('a regular expression, or a mapping, ' ~ rule.columns | join(' or ') ~ ': regular expression') }}
        {%- endif -%}
        {%- for column, pattern in (value if value is mapping else {rule.columns[0]: value}).items() -%}
            {%- if column not in rule.columns or pattern is not string -%}
                {{ return(
                    'a regular expression, or a mapping, ' ~ rule.columns | join(' or ') ~ ': regular expression (see ' ~ column ~ ')'
                ) }}
            {%- endif -%}
            {%- do try_or_compiler_error(
                "The var non_product_pattern is " ~ (value | tojson) ~ ", but has to be a regular expression (RE2)"
                ~ (" for each column (see " ~ column ~ ")" if value is mapping else "") ~ ": "
                ~ "set it in the shop's YAML or with --vars.",
                run_query, 'select ' ~ matches("''", pattern)
            ) -%}
        {%- endfor -%}

    {%- elif rule.kind == 'identifier' and not modules.re.match('^([a-z][a-z0-9_]*)?$', value | string) -%}
        {{ return('small letters, digits and _, or nothing') }}

    {%- elif rule.kind == 'locale' and not modules.re.match('^[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?$', value | string) -%}
        {{ return('a language, such as de, or with a country, such as en_GB') }}

    {%- elif rule.kind == 'text' and value is not string -%}
        {{ return('a text') }}

    {%- elif rule.kind == 'choice' and value not in rule.choices -%}
        {{ return('one of ' ~ rule.choices | join(', ')) }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#- Whether a value is a day of the calendar, written YYYY-MM-DD. -#}
{% macro is_day(value) %}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', value | string) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query("select try_cast('" ~ value ~ "' as date) is not null").columns[0].values()[0]) }}
{% endmacro %}
