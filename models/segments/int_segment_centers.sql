with

centers as (

    select * from {{ ref('ml_segment_centers') }}

),

choices as (

    select * from {{ ref('int_segment_choices') }}

),

chosen as (

    select
        centers.fitted_as_of,
        centers.segmentation,
        centers.segment,
        centers.feature_number,
        centers.feature,
        centers.log_mean,
        centers.log_deviation,
        centers.center

    from centers

    inner join choices
        on
            centers.fitted_as_of = choices.fitted_as_of
            and centers.segmentation = choices.segmentation
            and centers.segment_count = choices.segment_count

)

select * from chosen
