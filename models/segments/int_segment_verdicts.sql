{#- An adjusted Rand index from .8 on is good recovery (Steinley 2004, Properties of the
    Hubert-Arabie adjusted Rand index); a segment with a Jaccard index below .75 is hardly a
    pattern (Hennig 2007). 1.6449 is the normal quantile of 95 % with one side. -#}
{%- set min_stability, min_jaccard, one_sided = 0.8, 0.75, 1.6449 -%}

with

fits as (

    select * from {{ ref('ml_segment_fits') }}

),

figures as (

    select
        fitted_as_of,
        segmentation,
        segment_count,
        cast(stability as decimal(18, 6)) as stability,
        cast(small_segment_jaccard as decimal(18, 6)) as small_segment_jaccard,
        cast(
            stability
            - {{ student_t(one_sided, 'resample_count - 1') }}
            * stability_deviation / sqrt(resample_count) as decimal(18, 6)
        ) as stability_bound

    from fits

),

-- by how much a number of segments fails; null where it does not, or has no such figure
shortfalls as (

    select
        fitted_as_of,
        segmentation,
        segment_count,
        stability,
        stability_bound,
        small_segment_jaccard,
        case
            when stability_bound < {{ min_stability }}
                then greatest({{ min_stability }} - stability_bound, 0.001)
        end as shortfall,
        case
            when small_segment_jaccard < {{ min_jaccard }}
                then greatest({{ min_jaccard }} - small_segment_jaccard, 0.001)
        end as small_shortfall

    from figures

),

{%- set text = {} -%}
{%- for figure in [
    'stability', 'stability_bound', 'small_segment_jaccard', 'shortfall', 'small_shortfall'
] -%}
    {%- do text.update({figure: 'cast(cast(' ~ figure ~ ' as decimal(5, 3)) as string)'}) -%}
{%- endfor %}

worded as (

    select
        fitted_as_of,
        segmentation,
        segment_count,
        stability,
        stability_bound,
        segment_count > 1 and stability_bound is not null
        and shortfall is null and small_shortfall is null as is_stable,
        'adjusted Rand index ' || {{ text.stability }} || ', with 95 % confidence at least '
        || {{ text.stability_bound }} || ', and {{ '%.3f' | format(min_stability) }} is asked for'
        as stability_words,
        'a small segment has a Jaccard index of ' || {{ text.small_segment_jaccard }}
        || ', and {{ '%.3f' | format(min_jaccard) }} is asked for' as small_words,
        cast(segment_count as string) || case
            when stability_bound is null then ' without a figure'
            when small_shortfall is null then ' by ' || {{ text.shortfall }}
            when shortfall is null
                then ' by ' || {{ text.small_shortfall }} || ' in a small segment'
            else
                ' by ' || {{ text.shortfall }} || ' and by ' || {{ text.small_shortfall }}
                || ' in a small segment'
        end as failure

    from shortfalls

),

final as (

    select
        fitted_as_of,
        segmentation,
        segment_count,
        stability,
        stability_bound,
        is_stable,
        stability_words,
        case
            when segment_count = 1 then null
            when stability_bound is null
                then 'There are too few different customers to measure it.'
            else
                case when is_stable then 'Passes: ' else 'Fails: ' end
                || stability_words || coalesce('; ' || small_words, '') || '.'
        end as finding,
        case when segment_count > 1 and not is_stable then failure end as failure

    from worded

)

select * from final
