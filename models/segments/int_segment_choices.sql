{#- An adjusted Rand index from .8 on is good recovery, from .9 on excellent (Steinley 2004,
    Properties of the Hubert-Arabie adjusted Rand index). -#}
{%- set min_stability = 0.8 -%}

with

fits as (

    select * from {{ ref('ml_segment_fits') }}

),

-- a division counts as stable while it and all coarser ones are
judged as (

    select
        fitted_as_of,
        segmentation,
        segment_count,
        stability,
        min(coalesce(stability, 0)) over (
            partition by fitted_as_of, segmentation
            order by case when segment_count = 1 then null else segment_count end nulls last
            rows between unbounded preceding and current row
        ) >= {{ min_stability }}
        and segment_count > 1 as is_stable,
        {%- if var('segment_counts') %}
        case segmentation
            {%- for segmentation, count in var('segment_counts').items() %}
            when '{{ segmentation }}' then {{ count }}
            {%- endfor %}
        end as wanted_count
        {%- else %}
        cast(null as int) as wanted_count
        {%- endif %}

    from fits

),

totals as (

    select
        fitted_as_of,
        segmentation,
        max(segment_count) as largest_count,
        min(wanted_count) as wanted_count,
        max(case when is_stable then segment_count end) as stable_count,
        max_by(
            segment_count, coalesce(stability, -1) - segment_count * 0.000001
        ) as most_stable_count

    from judged

    group by
        fitted_as_of,
        segmentation

),

chosen as (

    select
        fitted_as_of,
        segmentation,
        largest_count,
        wanted_count,
        stable_count,
        cast(
            case
                when wanted_count > largest_count then largest_count
                else coalesce(wanted_count, stable_count, most_stable_count)
            end as int
        ) as segment_count

    from totals

),

final as (

    select
        chosen.fitted_as_of,
        chosen.segmentation,
        chosen.segment_count,
        case
            when chosen.largest_count = 1
                then 'There is one segment, because all customers are alike in these features.'
            when chosen.wanted_count > chosen.largest_count
                then 'The var segment_counts asks for more segments than there are different'
                    || ' customers.'
            when chosen.wanted_count is not null
                then 'The var segment_counts asks for it.'
            when chosen.stable_count is null
                then 'No number of segments is stable (adjusted Rand index of at least '
                    || '{{ min_stability }} when customers are drawn again);'
                    || ' this is the most stable.'
            when chosen.stable_count = chosen.largest_count
                then 'The most that were tried, and all are stable: adjusted Rand index '
                    || cast(cast(judged.stability as decimal(4, 2)) as string)
                    || ' when customers are drawn again.'
            else
                'The most before segments stop being the same when customers are drawn again:'
                || ' adjusted Rand index '
                || cast(cast(judged.stability as decimal(4, 2)) as string) || ', with one more '
                || cast(cast(next_judged.stability as decimal(4, 2)) as string) || '.'
        end as reason

    from chosen

    inner join judged
        on
            chosen.fitted_as_of = judged.fitted_as_of
            and chosen.segmentation = judged.segmentation
            and chosen.segment_count = judged.segment_count

    left join judged as next_judged
        on
            chosen.fitted_as_of = next_judged.fitted_as_of
            and chosen.segmentation = next_judged.segmentation
            and chosen.segment_count + 1 = next_judged.segment_count

)

select * from final
