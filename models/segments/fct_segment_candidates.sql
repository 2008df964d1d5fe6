with

candidates as (

    select * from {{ ref('ml_segment_scores') }}

),

choices as (

    select * from {{ ref('int_segment_choices') }}

),

final as (

    select
        candidates.fitted_as_of,
        candidates.segmentation,
        candidates.segment_count,
        candidates.customer_count,
        {%- for figure in [
            'inertia', 'silhouette', 'davies_bouldin', 'calinski_harabasz',
            'smallest_center_distance', 'mean_center_distance', 'stability', 'stability_low'
        ] %}
        try_cast(candidates.{{ figure }} as decimal(18, 6)) as {{ figure }},
        {%- endfor %}
        candidates.segment_count = choices.segment_count as is_chosen,
        case when candidates.segment_count = choices.segment_count then choices.reason end as reason

    from candidates

    inner join choices
        on
            candidates.fitted_as_of = choices.fitted_as_of
            and candidates.segmentation = choices.segmentation

)

select * from final
