with

fits as (

    select * from {{ ref('ml_segment_fits') }}

),

verdicts as (

    select * from {{ ref('int_segment_verdicts') }}

),

choices as (

    select * from {{ ref('int_segment_choices') }}

),

final as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        fits.segment_count,
        fits.customer_count,
        {%- for figure in [
            'inertia', 'silhouette', 'davies_bouldin', 'calinski_harabasz',
            'smallest_center_distance', 'mean_center_distance', 'stability', 'stability_low',
            'stability_deviation'
        ] %}
        try_cast(fits.{{ figure }} as decimal(18, 6)) as {{ figure }},
        {%- endfor %}
        fits.resample_count,
        verdicts.stability_bound,
        fits.small_segment_count,
        try_cast(fits.small_segment_jaccard as decimal(18, 6)) as small_segment_jaccard,
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

)

select * from final
