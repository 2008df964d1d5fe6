{#- What a person can hold in mind: from three groups, which say more than two halves, to seven. -#}
{%- set fewest, most = 3, 7 -%}

with

verdicts as (

    select * from {{ ref('int_segment_verdicts') }}

),

wanted as (

    select
        *,
        {%- if var('segment_counts') %}
        case segmentation
            {%- for segmentation, count in var('segment_counts').items() %}
            when '{{ segmentation }}' then {{ count }}
            {%- endfor %}
        end as wanted_count
        {%- else %}
        cast(null as int) as wanted_count
        {%- endif %}

    from verdicts

),

totals as (

    select
        fitted_as_of,
        segmentation,
        max(segment_count) as largest_count,
        min(wanted_count) as wanted_count,
        max(
            case
                when is_stable and segment_count between {{ fewest }} and {{ most }}
                    then segment_count
            end
        ) as usual_count,
        min(
            case when is_stable and segment_count > {{ most }} then segment_count end
        ) as fine_count,
        max(
            case when is_stable and segment_count < {{ fewest }} then segment_count end
        ) as coarse_count,
        max_by(
            segment_count, coalesce(stability, -2) - segment_count * 0.0000001
        ) as most_stable_count

    from wanted

    group by
        fitted_as_of,
        segmentation

),

chosen as (

    select
        *,
        cast(
            case
                when wanted_count > largest_count then largest_count
                else coalesce(
                    wanted_count, usual_count, fine_count, coarse_count, most_stable_count
                )
            end as int
        ) as segment_count

    from totals

),

-- those that would have been taken before the chosen one
failures as (

    select
        chosen.fitted_as_of,
        chosen.segmentation,
        {{ dbt.listagg('verdicts.failure', "', '", 'order by verdicts.segment_count') }} as failures

    from chosen

    inner join verdicts
        on
            chosen.fitted_as_of = verdicts.fitted_as_of
            and chosen.segmentation = verdicts.segmentation

    where
        verdicts.failure is not null
        and case
            when chosen.usual_count is not null
                then verdicts.segment_count between chosen.usual_count and {{ most }}
            when chosen.fine_count is not null
                then verdicts.segment_count between {{ fewest }} and chosen.fine_count
            else true
        end

    group by
        chosen.fitted_as_of,
        chosen.segmentation

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
            when verdicts.stability is null
                then 'There are too few different customers to divide them.'
            else
                case
                    when chosen.usual_count is not null
                        then 'The most from {{ fewest }} to {{ most }} segments that are found'
                            || ' again when customers are drawn again: '
                    when chosen.fine_count is not null
                        then 'The fewest above {{ most }} segments that are found again when'
                            || ' customers are drawn again, since from {{ fewest }} to {{ most }}'
                            || ' none are: '
                    when chosen.coarse_count is not null
                        then 'Two segments are found again when customers are drawn again, and no'
                            || ' larger number that was tried: '
                    else
                        'No number of segments is stable, that is found again when customers are'
                        || ' drawn again; this is the most stable: '
                end
                || verdicts.stability_words || '.'
                || coalesce(' These fail: ' || failures.failures || '.', '')
        end as reason

    from chosen

    inner join verdicts
        on
            chosen.fitted_as_of = verdicts.fitted_as_of
            and chosen.segmentation = verdicts.segmentation
            and chosen.segment_count = verdicts.segment_count

    left join failures
        on
            chosen.fitted_as_of = failures.fitted_as_of
            and chosen.segmentation = failures.segmentation

)

select * from final
