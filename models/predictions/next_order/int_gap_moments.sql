{%- set fewest_gaps = 20 -%}

with

gaps as (

    select * from {{ ref('int_customer_gaps') }}
    where gap_count > 0

),

sums as (

    select
        as_of_date,
        cast(count(*) as double) as customer_count,
        cast(sum(gap_count) as double) as gap_count,
        cast(sum(gap_count * gap_count) as double) as gap_count_square_sum,
        cast(sum(gap_sum) as double) as gap_sum,
        cast(sum(log_sum) as double) as log_sum,
        cast(sum(log_square_sum) as double) as log_square_sum,
        cast(sum(cast(log_sum / gap_count as decimal(18, 9))) as double) as mean_sum,
        -- of each customer the square that their mean explains
        cast(sum(cast(log_sum * log_sum / gap_count as decimal(28, 9))) as double) as explained_sum
    from gaps

    group by as_of_date

    having sum(gap_count) >= {{ fewest_gaps }}

),

within_customers as (

    select
        *,
        case
            when gap_count > customer_count
                then greatest(log_square_sum - explained_sum, 0) / (gap_count - customer_count)
            else greatest(log_square_sum - log_sum * log_sum / gap_count, 0) / (gap_count - 1)
        end as within_variance
    from sums

),

-- the analysis of variance of groups of unequal size (Searle 1971, Linear models, chapter 10)
final as (

    select
        as_of_date,
        cast(gap_count as bigint) as gap_count,
        gap_sum / gap_count as average_gap_days,
        mean_sum / customer_count as mean_log_gap,
        within_variance,
        case
            when gap_count > customer_count and customer_count > 1
                then greatest(
                    (
                        explained_sum - log_sum * log_sum / gap_count
                        - (customer_count - 1) * within_variance
                    ) / (gap_count - gap_count_square_sum / gap_count), 0
                )
            else 0
        end as between_variance
    from within_customers

)

select * from final
