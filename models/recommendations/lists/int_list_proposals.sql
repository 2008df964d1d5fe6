with

candidates as (

    select
        candidates.as_of_date,
        candidates.customer_index,
        candidates.product_index,
        candidates.method,
        {{ as_decimal(
            'candidates.scaled_score * power('
            ~ (1 - var('ignored_discount')) ~ ', coalesce(ignored.ignored_count, 0))', 18, 12
        ) }} as scaled_score,
        methods.list,
        methods.list_position,
        methods.fallback_position,
        coalesce(known.known_product_count, 0) < methods.min_products as is_weak

    from {{ ref('int_candidates') }} as candidates

    inner join {{ ref('int_chosen_methods') }} as methods
        on
            candidates.as_of_date = methods.as_of_date
            and candidates.method = methods.method

    inner join {{ ref('int_product_trends') }} as products
        on
            candidates.as_of_date = products.as_of_date
            and candidates.product_index = products.product_index

    left join {{ ref('int_known_products') }} as known
        on
            candidates.as_of_date = known.as_of_date
            and candidates.customer_index = known.customer_index

    left join {{ ref('int_ignored_products') }} as ignored
        on
            candidates.as_of_date = ignored.as_of_date
            and candidates.customer_index = ignored.customer_index
            and candidates.product_index = ignored.product_index

    where
        methods.is_on_list
        and products.is_still_sold

),

-- every method of a list counts the same; its position settles which of two is named
blended as (

    select
        as_of_date,
        customer_index,
        list,
        product_index,
        sum(scaled_score) as score,
        max_by(
            method, scaled_score - cast(list_position * 1e-12 as decimal(18, 12))
        ) as method,
        case when bool_or(is_weak) then {{ last_position() }} else 0 end as fallback_position
    from candidates

    where list_position is not null

    group by
        as_of_date,
        customer_index,
        list,
        product_index

),

lengths as (

    select
        as_of_date,
        customer_index,
        count(*) as length
    from blended

    where list = 'discover'

    group by
        as_of_date,
        customer_index

),

-- who is offered too little that is new gets more, one method after the other, and who is little
-- known gets it first; where filters take something away, nobody knows yet who that will be
added as (

    select
        candidates.as_of_date,
        candidates.customer_index,
        candidates.product_index,
        candidates.scaled_score,
        candidates.method,
        candidates.fallback_position

    from candidates

    left join lengths
        on
            candidates.as_of_date = lengths.as_of_date
            and candidates.customer_index = lengths.customer_index

    left join blended
        on
            candidates.as_of_date = blended.as_of_date
            and candidates.customer_index = blended.customer_index
            and candidates.product_index = blended.product_index
            and blended.list = 'discover'

    where
        candidates.fallback_position is not null
        and (blended.product_index is null or candidates.is_weak)
        {%- if not filters_discover() %}
        and (candidates.is_weak or coalesce(lengths.length, 0) < {{ var('recommendation_count') }})
        {%- endif %}

    qualify row_number() over (
        partition by
            candidates.as_of_date, candidates.customer_index, candidates.product_index
        order by candidates.fallback_position
    ) = 1

),

-- what both propose stands where it comes first, which is before the methods of who is little known
final as (

    select
        blended.as_of_date,
        blended.customer_index,
        blended.list,
        blended.product_index,
        blended.score,
        blended.method,
        blended.fallback_position

    from blended

    left join added
        on
            blended.as_of_date = added.as_of_date
            and blended.customer_index = added.customer_index
            and blended.product_index = added.product_index
            and blended.list = 'discover'

    where added.product_index is null

    union all

    select
        as_of_date,
        customer_index,
        'discover' as list,
        product_index,
        scaled_score as score,
        method,
        fallback_position
    from added

)

select * from final
