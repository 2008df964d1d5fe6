with

members as (

    select * from {{ ref('int_segment_members') }}

),

names as (

    select * from {{ ref('int_segment_names') }}

),

final as (

    select
        members.as_of_date,
        members.fitted_as_of,
        members.segmentation,
        members.customer_id,
        members.is_current,
        members.is_own_fit,
        members.segment,
        names.segment_name,
        members.distance,
        members.next_distance

    from members

    inner join names
        on
            members.fitted_as_of = names.fitted_as_of
            and members.segmentation = names.segmentation
            and members.segment = names.segment

)

select * from final
