with

hits as (

    select * from {{ ref('int_recommendation_hits') }}

),

products as (

    select * from {{ ref('int_product_trends') }}

),

cutoffs as (

    {% for cutoff in evaluation_cutoffs() -%}
    select cast({{ cutoff }} as int) as k
    {{ 'union all' if not loop.last }}

    {% endfor %}

),

history_sizes as (

    select
        as_of_date,
        count(*) as customer_count
    from {{ ref('int_recommendation_customers') }}

    where product_count > 0

    group by as_of_date

),

catalogs as (

    select
        as_of_date,
        count(*) as product_count
    from products

    group by as_of_date

),

placed as (

    select
        hits.as_of_date,
        hits.customer_id,
        hits.list,
        hits.method,
        hits.rank,
        hits.product_index,
        products.is_new,
        cast(
            -ln(
                greatest(products.buyer_count, 1) / cast(history_sizes.customer_count as double)
            ) / ln(2) as decimal(18, 12)
        ) as novelty

    from hits

    inner join products
        on
            hits.as_of_date = products.as_of_date
            and hits.product_index = products.product_index

    inner join history_sizes
        on hits.as_of_date = history_sizes.as_of_date

),

exposures as (

    select
        placed.as_of_date,
        placed.list,
        placed.method,
        cutoffs.k,
        placed.product_index,
        count(*) as exposure,
        count(*) filter (where placed.is_new) as new_exposure,
        sum(placed.novelty) as novelty_sum

    from placed

    inner join cutoffs
        on placed.rank <= cutoffs.k

    group by
        placed.as_of_date,
        placed.list,
        placed.method,
        cutoffs.k,
        placed.product_index

),

-- products that are on no list stand before all others, with nothing
placed_exposures as (

    select
        exposures.*,
        catalogs.product_count as catalog_count,
        catalogs.product_count - count(*) over of_method + row_number() over (
            partition by exposures.as_of_date, exposures.list, exposures.method, exposures.k
            order by exposures.exposure, exposures.product_index
        ) as place

    from exposures

    inner join catalogs
        on exposures.as_of_date = catalogs.as_of_date

    window of_method as (
        partition by exposures.as_of_date, exposures.list, exposures.method, exposures.k
    )

),

totals as (

    select
        as_of_date,
        list,
        method,
        k,
        cast(sum(exposure) as bigint) as row_count,
        count(*) / cast(max(catalog_count) as double) as coverage,
        cast(sum(novelty_sum) as double) / sum(exposure) as novelty,
        sum(new_exposure) / cast(sum(exposure) as double) as new_share,
        -- Gini's coefficient of exposure: 0 where all products are shown as often, 1 where one is
        2 * cast(sum(place * exposure) as double) / (max(catalog_count) * sum(exposure))
        - (max(catalog_count) + 1) / cast(max(catalog_count) as double) as gini

    from placed_exposures

    group by
        as_of_date,
        list,
        method,
        k

),

pairs as (

    select
        one.as_of_date,
        one.list,
        one.method,
        other.rank,
        count(*) as pair_count,
        sum(cast(coalesce(contents.similarity, 0) as decimal(18, 9))) as similarity_sum

    from placed as one

    inner join placed as other
        on
            one.as_of_date = other.as_of_date
            and one.customer_id = other.customer_id
            and one.list = other.list
            and one.method = other.method
            and one.rank < other.rank

    left join {{ ref('ml_content') }} as contents
        on
            one.as_of_date = contents.as_of_date
            and one.product_index = contents.product_index
            and other.product_index = contents.neighbor_index

    group by
        one.as_of_date,
        one.list,
        one.method,
        other.rank

),

diversities as (

    select
        pairs.as_of_date,
        pairs.list,
        pairs.method,
        cutoffs.k,
        1 - cast(sum(pairs.similarity_sum) as double) / sum(pairs.pair_count) as diversity

    from pairs

    inner join cutoffs
        on pairs.rank <= cutoffs.k

    group by
        pairs.as_of_date,
        pairs.list,
        pairs.method,
        cutoffs.k

),

metrics as (

    select
        totals.*,
        diversities.diversity

    from totals

    left join diversities
        on
            totals.as_of_date = diversities.as_of_date
            and totals.list = diversities.list
            and totals.method = diversities.method
            and totals.k = diversities.k

),

final as (

    {% for metric in ['coverage', 'novelty', 'new_share', 'diversity', 'gini'] -%}
    select
        as_of_date,
        list,
        method,
        k,
        '{{ metric }}' as metric,
        row_count,
        cast({{ metric }} as decimal(18, 6)) as value
    from metrics
    where {{ metric }} is not null

    {{ 'union all' if not loop.last }}

    {% endfor %}
)

select * from final
