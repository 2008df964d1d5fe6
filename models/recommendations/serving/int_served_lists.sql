with

lists as (

    select * from {{ ref('int_recommendation_lists') }}

),

-- lists of which their rule was better in the windows closed by the date
replaced as (

    select
        choices.as_of_date,
        choices.list,
        rules.method as rule

    from {{ ref('int_list_choices') }} as choices

    inner join {{ ref('int_recommendation_methods') }} as rules
        on
            choices.list = rules.list
            and rules.is_rule

    where choices.is_rule_served

),

exclusions as (

    select * from {{ ref('int_list_exclusions') }}

),

products as (

    select * from {{ ref('int_product_trends') }}
    where is_still_sold

),

rule_scores as (

    {% for name, method in recommendation_methods().items() if method.is_rule -%}
    {{ 'union all' if not loop.first }}
    select
        as_of_date,
        '{{ name }}' as method,
        customer_index,
        product_index,
        cast(score as decimal(18, 9)) as score,
        reason_product_index,
        cast(reason_share as decimal(18, 6)) as reason_share
    from {{ method_relation(method) }}

    {% endfor %}
),

ranked as (

    select
        replaced.list,
        rule_scores.*,
        cast(row_number() over (
            partition by
                replaced.as_of_date, replaced.list, rule_scores.customer_index
            order by rule_scores.score desc, rule_scores.product_index asc
        ) as int) as rank

    from rule_scores

    inner join replaced
        on
            rule_scores.as_of_date = replaced.as_of_date
            and rule_scores.method = replaced.rule

    inner join products
        on
            rule_scores.as_of_date = products.as_of_date
            and rule_scores.product_index = products.product_index

    left join exclusions
        on
            rule_scores.as_of_date = exclusions.as_of_date
            and rule_scores.customer_index = exclusions.customer_index
            and rule_scores.product_index = exclusions.product_index
            and replaced.list = 'discover'

    {#- what a shop leaves out of discover is known of what was proposed #}
    {%- if filters_discover() %}

    left join {{ ref('int_list_proposals') }} as proposals
        on
            rule_scores.as_of_date = proposals.as_of_date
            and rule_scores.customer_index = proposals.customer_index
            and rule_scores.product_index = proposals.product_index
            and proposals.list = 'discover'
    {%- endif %}

    where
        exclusions.product_index is null
        {%- if filters_discover() %}
        and (replaced.list != 'discover' or proposals.product_index is not null)
        {%- endif %}

),

final as (

    select
        lists.as_of_date,
        lists.customer_index,
        lists.list,
        lists.rank,
        lists.product_index,
        lists.score,
        lists.method,
        cast(null as int) as reason_product_index,
        cast(null as decimal(18, 6)) as reason_share,
        false as is_rule

    from lists

    left join replaced
        on
            lists.as_of_date = replaced.as_of_date
            and lists.list = replaced.list

    where replaced.list is null

    union all

    select
        as_of_date,
        customer_index,
        list,
        rank,
        product_index,
        score,
        method,
        reason_product_index,
        reason_share,
        true as is_rule
    from ranked

    where rank <= {{ var('recommendation_count') }}

)

select * from final
