{%- set fm_thresholds = [] -%}
{%- for cut in rfm_cuts() -%}
    {%- do fm_thresholds.append('fm_thresholds.fm_' ~ loop.index) -%}
{%- endfor -%}

with

scores as (

    select * from {{ ref('int_customer_rfm_scores') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

rfm_groups as (

    select * from {{ ref('rfm_groups') }}

),

fm_thresholds as (

    select
        as_of_date
        {%- for cut in rfm_cuts() %},
        max(case when threshold_number = {{ loop.index }} then threshold end) as fm_{{ loop.index }}
        {%- endfor %}

    from {{ ref('fct_rfm_thresholds') }}

    where measure = 'fm'

    group by as_of_date

),

fm_scores as (

    select
        scores.*,
        {{ rfm_score(
            '(scores.frequency_score + scores.monetary_score)', fm_thresholds
        ) }} as fm_score

    from scores

    inner join fm_thresholds
        on scores.as_of_date = fm_thresholds.as_of_date

),

final as (

    select
        fm_scores.as_of_date,
        fm_scores.customer_id,
        as_of_dates.is_current,
        fm_scores.first_purchase_date,
        fm_scores.last_purchase_date,
        fm_scores.recency_days,
        fm_scores.frequency,
        fm_scores.monetary_amount,
        fm_scores.recency_score,
        fm_scores.frequency_score,
        fm_scores.monetary_score,
        fm_scores.fm_score,
        case
            when fm_scores.frequency < rfm_groups.min_frequency then rfm_groups.group_below
            else rfm_groups.rfm_group
        end as rfm_group

    from fm_scores

    inner join as_of_dates
        on fm_scores.as_of_date = as_of_dates.as_of_date

    inner join rfm_groups
        on
            fm_scores.recency_score = rfm_groups.recency_score
            and fm_scores.fm_score = rfm_groups.fm_score

)

select * from final
