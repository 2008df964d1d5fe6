{#- A segment is named by its two most telling features: those furthest from all customers' mean, by
    half a standard deviation at least, in the order in which the segmentation lists them. -#}
{%- set telling_deviations, telling_features = 0.5, 2 -%}

with

fits as (

    select * from {{ ref('int_segment_centers') }}

),

features as (

    select * from {{ ref('int_segment_features') }}

),

numbers as (

    select cast(generated_number as int) as segment
    from ({{ dbt.generate_series(var('max_segments')) }}) as numbers

),

segments as (

    select
        fits.fitted_as_of,
        fits.segmentation,
        numbers.segment,
        {{ element('fits.centers', 'numbers.segment') }} as center

    from fits

    inner join numbers
        on {{ element('fits.centers', 'numbers.segment') }} is not null

),

words as (

    select
        segments.fitted_as_of,
        segments.segmentation,
        segments.segment,
        features.feature_number,
        {{ element('segments.center', 'features.feature_number') }} as deviations,
        case when deviations < 0 then features.low_word else features.high_word end as word

    from segments

    inner join features
        on segments.segmentation = features.segmentation

),

telling as (

    select
        fitted_as_of,
        segmentation,
        segment,
        feature_number,
        word

    from words

    where abs(deviations) >= {{ telling_deviations }}

    qualify row_number() over (
        partition by fitted_as_of, segmentation, segment
        order by abs(deviations) desc, feature_number asc
    ) <= {{ telling_features }}

),

named as (

    select
        fitted_as_of,
        segmentation,
        segment,
        {{ dbt.listagg('word', "', '", 'order by feature_number') }} as words

    from telling

    group by
        fitted_as_of,
        segmentation,
        segment

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
