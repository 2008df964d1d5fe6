{%- set figures = [
    'silhouette', 'davies_bouldin', 'calinski_harabasz', 'stability', 'stability_low',
    'stability_deviation'
] -%}
{#- What only groups with centers have. -#}
{%- set k_means_figures = [
    'inertia', 'smallest_center_distance', 'mean_center_distance', 'small_segment_jaccard'
] -%}

with

fits as (

    select * from {{ ref('ml_segment_fits') }}

),

verdicts as (

    select * from {{ ref('int_segment_verdicts') }}

),

alternatives as (

    select * from {{ ref('ml_segment_alternatives') }}

),

choices as (

    select * from {{ ref('int_segment_choices') }}

),

judged as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        'k_means' as method,
        fits.segment_count,
        fits.customer_count,
        cast(0 as double) as noise_share,
        {%- for figure in figures + k_means_figures %}
        fits.{{ figure }},
        {%- endfor %}
        fits.resample_count,
        verdicts.stability_bound,
        fits.small_segment_count,
        verdicts.is_stable,
        verdicts.finding,
        fits.segment_count = choices.segment_count as is_chosen,
        case when fits.segment_count = choices.segment_count then choices.reason end as reason

    from fits

    inner join verdicts
        on
            fits.fitted_as_of = verdicts.fitted_as_of
            and fits.segmentation = verdicts.segmentation
            and fits.segment_count = verdicts.segment_count

    inner join choices
        on
            fits.fitted_as_of = choices.fitted_as_of
            and fits.segmentation = choices.segmentation

    union all

    select
        fitted_as_of,
        segmentation,
        method,
        segment_count,
        customer_count,
        noise_share,
        {%- for figure in figures %}
        {{ figure }},
        {%- endfor %}
        {%- for figure in k_means_figures %}
        cast(null as double) as {{ figure }},
        {%- endfor %}
        resample_count,
        cast(null as decimal(18, 6)) as stability_bound,
        cast(null as int) as small_segment_count,
        cast(null as boolean) as is_stable,
        'It is here to compare with, and is never chosen.' as finding,
        false as is_chosen,
        cast(null as string) as reason

    from alternatives

),

final as (

    select
        fitted_as_of,
        segmentation,
        method,
        segment_count,
        customer_count,
        {%- for figure in ['noise_share'] + figures + k_means_figures %}
        try_cast({{ figure }} as decimal(18, 6)) as {{ figure }},
        {%- endfor %}
        resample_count,
        stability_bound,
        small_segment_count,
        is_stable,
        finding,
        is_chosen,
        reason
    from judged

)

select * from final
