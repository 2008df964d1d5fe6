{%- set scored_places = 10 -%}

with

windows as (

    select as_of_date from {{ ref('int_recommendation_dates') }}
    where
        is_training
        or is_backtest

),

tried as (

    select * from {{ ref('int_list_blends') }}

),

outcomes as (

    select
        outcomes.as_of_date,
        outcomes.list,
        outcomes.customer_id,
        customers.customer_index,
        products.product_index

    from {{ ref('int_recommendation_outcomes') }} as outcomes

    inner join windows
        on outcomes.as_of_date = windows.as_of_date

    inner join {{ ref('int_listed_customers') }} as customers
        on
            outcomes.as_of_date = customers.as_of_date
            and outcomes.customer_id = customers.customer_id
            and customers.is_sampled

    left join {{ ref('int_product_trends') }} as products
        on
            outcomes.as_of_date = products.as_of_date
            and outcomes.product_id = products.product_id

),

to_find as (

    select
        as_of_date,
        list,
        customer_id,
        customer_index,
        cast(least(count(*), {{ scored_places }}) as int) as findable_count
    from outcomes

    group by
        as_of_date,
        list,
        customer_id,
        customer_index

),

candidates as (

    select
        candidates.as_of_date,
        candidates.customer_index,
        candidates.product_index,
        candidates.method,
        candidates.setting,
        candidates.scaled_score

    from {{ ref('int_sampled_candidates') }} as candidates

    inner join {{ ref('int_product_trends') }} as products
        on
            candidates.as_of_date = products.as_of_date
            and candidates.product_index = products.product_index

    where products.is_still_sold

),

known as (

    select * from {{ ref('int_known_products') }}

),

blended as (

    select
        candidates.as_of_date,
        tried.list,
        tried.blend,
        candidates.customer_index,
        candidates.product_index,
        sum(candidates.scaled_score) as score

    from candidates

    inner join tried
        on
            candidates.method = tried.method
            and candidates.setting = tried.setting

    inner join to_find
        on
            candidates.as_of_date = to_find.as_of_date
            and candidates.customer_index = to_find.customer_index
            and tried.list = to_find.list

    group by
        candidates.as_of_date,
        tried.list,
        tried.blend,
        candidates.customer_index,
        candidates.product_index

),

-- what proposes nothing to anybody is not tried, or its fallbacks would be
proposing as (

    select distinct
        as_of_date,
        list,
        blend
    from blended

),

served as (

    select
        to_find.as_of_date,
        to_find.list,
        to_find.customer_index,
        tried.blend,
        tried.is_rule,
        tried.is_varied,
        coalesce(known.known_product_count, 0) < tried.min_products as is_weak

    from to_find

    inner join tried
        on
            to_find.list = tried.list
            and tried.position = 1

    inner join proposing
        on
            to_find.as_of_date = proposing.as_of_date
            and tried.list = proposing.list
            and tried.blend = proposing.blend

    left join known
        on
            to_find.as_of_date = known.as_of_date
            and to_find.customer_index = known.customer_index

),

lengths as (

    select
        as_of_date,
        list,
        blend,
        customer_index,
        count(*) as length
    from blended

    group by
        as_of_date,
        list,
        blend,
        customer_index

),

-- as in int_list_proposals: fallbacks fill what is short, and come first for who is little known
proposed as (

    select
        blended.as_of_date,
        blended.list,
        blended.blend,
        blended.customer_index,
        blended.product_index,
        blended.score,
        case when served.is_weak then {{ last_position() }} else 0 end as position

    from blended

    inner join served
        on
            blended.as_of_date = served.as_of_date
            and blended.list = served.list
            and blended.blend = served.blend
            and blended.customer_index = served.customer_index

    union all

    select
        served.as_of_date,
        served.list,
        served.blend,
        served.customer_index,
        candidates.product_index,
        candidates.scaled_score as score,
        methods.fallback_position as position

    from served

    inner join candidates
        on
            served.as_of_date = candidates.as_of_date
            and served.customer_index = candidates.customer_index

    inner join {{ ref('int_recommendation_methods') }} as methods
        on
            candidates.method = methods.method
            and served.list = methods.list
            and methods.fallback_position is not null

    inner join {{ ref('int_method_settings') }} as settings
        on
            candidates.method = settings.method
            and candidates.setting = settings.setting
            and settings.is_usual

    left join lengths
        on
            served.as_of_date = lengths.as_of_date
            and served.list = lengths.list
            and served.blend = lengths.blend
            and served.customer_index = lengths.customer_index

    where
        not served.is_rule
        and (served.is_weak or coalesce(lengths.length, 0) < {{ scored_places }})

),

distinct_proposals as (

    select
        as_of_date,
        list,
        blend,
        customer_index,
        product_index,
        min_by(score, position) as score,
        min(position) as position
    from proposed

    group by
        as_of_date,
        list,
        blend,
        customer_index,
        product_index

),

-- as in int_recommendation_lists
placed as (

    select
        distinct_proposals.*,
        served.is_varied,
        row_number() over (
            partition by
                distinct_proposals.as_of_date,
                distinct_proposals.list,
                distinct_proposals.blend,
                distinct_proposals.customer_index
            order by
                distinct_proposals.position asc,
                distinct_proposals.score desc,
                distinct_proposals.product_index asc
        ) as place

    from distinct_proposals

    inner join served
        on
            distinct_proposals.as_of_date = served.as_of_date
            and distinct_proposals.list = served.list
            and distinct_proposals.blend = served.blend
            and distinct_proposals.customer_index = served.customer_index

    qualify
        place <= case
            when served.is_varied then {{ varied_places() }} else {{ scored_places }}
        end

),

{{ crowded_places(['as_of_date', 'list', 'blend', 'customer_index']) }},

ranked as (

    select
        placed.*,
        row_number() over (
            partition by
                placed.as_of_date, placed.list, placed.blend, placed.customer_index
            order by case when crowded.product_index is null then 0 else 1 end, placed.place
        ) as rank

    from placed

    left join crowded
        on
            placed.as_of_date = crowded.as_of_date
            and placed.list = crowded.list
            and placed.blend = crowded.blend
            and placed.customer_index = crowded.customer_index
            and placed.product_index = crowded.product_index

    qualify rank <= {{ scored_places }}

),

found as (

    select
        ranked.as_of_date,
        ranked.list,
        ranked.blend,
        ranked.customer_index,
        sum(case
            when outcomes.product_index is null then 0 else {{ discount('ranked.rank') }}
        end) as gain

    from ranked

    left join outcomes
        on
            ranked.as_of_date = outcomes.as_of_date
            and ranked.list = outcomes.list
            and ranked.customer_index = outcomes.customer_index
            and ranked.product_index = outcomes.product_index

    group by
        ranked.as_of_date,
        ranked.list,
        ranked.blend,
        ranked.customer_index

),

ideals as (

    select
        cast(generated_number as int) as findable_count,
        sum({{ discount('generated_number') }}) over (
            order by generated_number rows between unbounded preceding and current row
        ) as ideal_gain
    from ({{ dbt.generate_series(scored_places) }}) as numbers

),

final as (

    select
        to_find.as_of_date,
        found.list,
        found.blend,
        to_find.customer_id,
        {{ ratio('found.gain', 'ideals.ideal_gain') }} as ndcg

    from found

    inner join to_find
        on
            found.as_of_date = to_find.as_of_date
            and found.list = to_find.list
            and found.customer_index = to_find.customer_index

    inner join ideals
        on to_find.findable_count = ideals.findable_count

)

select * from final
