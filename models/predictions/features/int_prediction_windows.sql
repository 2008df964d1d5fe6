with

dates as (

    select * from {{ ref('int_prediction_dates') }}
    where is_scored

),

-- the windows before a date, or before the day as of which its fit is held, each a horizon long and
-- ending where the next begins
windows as (

    select
        dates.task,
        dates.as_of_date,
        windows.as_of_date as window_date

    from dates

    inner join dates as windows
        on
            dates.task = windows.task
            and {{ add_days('windows.as_of_date', 'dates.horizon_days') }} <= dates.fitted_as_of

    where
        windows.is_closed
        and {{ days_between('windows.as_of_date', 'dates.fitted_as_of') }}
        < {{ var('training_windows') }} * dates.horizon_days
        and {{ days_between('windows.as_of_date', 'dates.fitted_as_of') }} % dates.horizon_days = 0

)

select * from windows
