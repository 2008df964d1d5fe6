-- two segments of a fit differ in their words, not only in the number before these
with

words as (

    select distinct
        fitted_as_of,
        segmentation,
        segment,
        substring(segment_name, length(cast(segment as string)) + 2) as words
    from {{ ref('rpt_segment_profiles') }}

)

select
    fitted_as_of,
    segmentation,
    words,
    count(*) as segment_count

from words

group by
    fitted_as_of,
    segmentation,
    words

having count(*) > 1
