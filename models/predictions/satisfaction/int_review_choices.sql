with

dates as (

    select * from {{ ref('int_review_dates') }}

),

trials as (

    select * from {{ ref('int_review_trials') }}
    where protocol = 'cross_validation'

),

differences as (

    select
        trials.as_of_date,
        cast(
            power(trials.sentiment_score - case when trials.is_positive then 1 else 0 end, 2)
            - power(rules.sentiment_score - case when trials.is_positive then 1 else 0 end, 2)
            as decimal(18, 9)
        ) as difference

    from trials

    inner join trials as rules
        on
            trials.as_of_date = rules.as_of_date
            and trials.review_id = rules.review_id
            and rules.method = '{{ review_rule() }}'

    where trials.method = '{{ review_methods() | first }}'

),

sums as (

    select
        as_of_date,
        count(*) as review_count,
        count(*) filter (where difference != 0) as differing_count,
        sum(difference) as difference_sum,
        sum(cast(difference * difference as decimal(18, 12))) as difference_square_sum
    from differences

    group by as_of_date

),

-- what is surely worse than its rule is not served
final as (

    select
        dates.as_of_date,
        case
            when
                {{ has_verdict('sums.review_count', 'sums.differing_count') }}
                and cast(sums.difference_sum as double) / sums.review_count
                - {{ margin(
                    'sums.difference_sum', 'sums.difference_square_sum', 'sums.review_count'
                ) }} > 0
                then '{{ review_rule() }}'
            else '{{ review_methods() | first }}'
        end as method,
        cast(coalesce(sums.review_count, 0) as bigint) as review_count,
        cast(sums.difference_sum as double) / sums.review_count as difference

    from dates

    left join sums
        on dates.as_of_date = sums.as_of_date

    where dates.is_scored

)

select * from final
