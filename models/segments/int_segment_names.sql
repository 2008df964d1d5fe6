{#- A segment is named by its two most telling features: those furthest from all customers' mean, by
    half a standard deviation at least, in the order in which the segmentation lists them. -#}
with

centers as (

    select * from {{ ref('int_segment_centers') }}

),

words as (

    select
        fitted_as_of,
        segmentation,
        segment,
        feature_number,
        case
            {%- for segmentation, features in var('segmentations').items() %}
            {%- for feature, pair in features.items() %}
            when segmentation = '{{ segmentation }}' and feature = '{{ feature }}'
                then case when center < 0 then '{{ pair[0] }}' else '{{ pair[1] }}' end
            {%- endfor %}
            {%- endfor %}
        end as word

    from centers

    where abs(center) >= 0.5

    qualify row_number() over (
        partition by fitted_as_of, segmentation, segment
        order by abs(center) desc, feature_number asc
    ) <= 2

),

named as (

    select
        fitted_as_of,
        segmentation,
        segment,
        {{ dbt.listagg('word', "', '", 'order by feature_number') }} as words

    from words

    group by
        fitted_as_of,
        segmentation,
        segment

),

segments as (

    select distinct
        fitted_as_of,
        segmentation,
        segment
    from centers

),

final as (

    select
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        cast(segments.segment as string) || ' ' || coalesce(named.words, 'average') as segment_name

    from segments

    left join named
        on
            segments.fitted_as_of = named.fitted_as_of
            and segments.segmentation = named.segmentation
            and segments.segment = named.segment

)

select * from final
