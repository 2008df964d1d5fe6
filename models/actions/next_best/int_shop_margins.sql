with

lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        quantity > 0
        and not is_cancelled
        and not is_non_product

),

products as (

    select * from {{ ref('dim_products') }}

),

today as (

    select as_of_date from {{ ref('int_as_of_dates') }}
    where is_current

),

-- what a year brought, and what it cost where the shop says so
year_sums as (

    select
        sum(lines.gross_amount - lines.discount_amount) as sold_amount,
        sum(case
            when products.unit_cost is not null then lines.gross_amount - lines.discount_amount
        end) as costed_amount,
        sum({{ line_amount('lines.quantity', 'products.unit_cost') }}) as cost_amount

    from lines

    inner join today
        on
            lines.ordered_at < today.as_of_date
            and lines.ordered_at >= {{ add_days('today.as_of_date', -365) }}

    left join products
        on lines.product_id = products.product_id

),

final as (

    select
        {{ ratio('costed_amount', 'sold_amount') }} as costed_share,
        {{ ratio('costed_amount - cost_amount', 'costed_amount') }} as measured_margin_share,
        coalesce({{ ratio('costed_amount', 'sold_amount') }} >= 0.5, false) as is_measured
    from year_sums

)

select
    costed_share,
    measured_margin_share,
    case
        when is_measured then measured_margin_share
        else cast({{ var('margin_share') }} as decimal(18, 6))
    end as margin_share,
    case
        when is_measured then 'measured from costs'
        else 'assumed'
    end as margin_source
from final
