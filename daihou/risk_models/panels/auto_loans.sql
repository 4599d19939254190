-- Payment behaviour of car loans, one row a loan and month that still had a balance and had not yet
-- missed three payments in a row. Every window ends with the observation month, except the label's.
-- A payment counts as missed when nothing at all was paid in a month that ends with a balance.
WITH months AS (
    SELECT
        monthly.src_file || '/' || monthly.assetNumber AS loan,
        12 * CAST(left(monthly.month, 4) AS INTEGER) + CAST(right(monthly.month, 2) AS INTEGER) - 1
            AS month,
        monthly.month_no,
        monthly.balance_end,
        monthly.total_paid,
        nullif(loans.reportingPeriodScheduledPaymentAmount, 0) AS due,
        loans.originalInterestRatePercentage AS rate,
        loans.obligorCreditScore AS credit_score,
        loans.paymentToIncomePercentage AS payment_to_income,
        loans.originalLoanAmount / nullif(loans.vehicleValueAmount, 0) AS loan_to_value
    FROM read_parquet($folder || '/monthly.parquet') AS monthly
    JOIN read_parquet($folder || '/loans.parquet') AS loans USING (src_file, assetNumber)
),
marked AS (
    SELECT
        *,
        CAST(total_paid = 0 AND balance_end > 0 AS INTEGER) AS missed,
        least(total_paid / due, 3) AS paid_ratio,
        CAST(total_paid > 0 AND total_paid < 0.9 * due AS INTEGER) AS is_partial
    FROM months
),
runs AS (
    SELECT
        *,
        month - coalesce(
            max(CASE WHEN missed = 0 THEN month END) OVER so_far, min(month) OVER so_far - 1
        ) AS missed_run,
        month - max(CASE WHEN missed = 1 THEN month END) OVER so_far AS months_since_missed,
        sum(missed) OVER m3 AS missed_3m,
        sum(missed) OVER m6 AS missed_6m,
        sum(missed) OVER m12 AS missed_12m,
        avg(paid_ratio) OVER m3 AS paid_ratio_3m,
        avg(paid_ratio) OVER m6 AS paid_ratio_6m,
        sum(is_partial) OVER m6 AS partial_6m,
        coalesce(stddev_pop(paid_ratio) OVER m6, 0) AS uneven_6m,
        sum(CASE WHEN month_no > 0 THEN 1 - least(total_paid / due, 1) END) OVER so_far
            AS months_behind
    FROM marked
    WINDOW
        so_far AS (PARTITION BY loan ORDER BY month),
        m3 AS (PARTITION BY loan ORDER BY month RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
        m6 AS (PARTITION BY loan ORDER BY month RANGE BETWEEN 5 PRECEDING AND CURRENT ROW),
        m12 AS (PARTITION BY loan ORDER BY month RANGE BETWEEN 11 PRECEDING AND CURRENT ROW)
),
known AS (
    SELECT
        *,
        max(missed_run) OVER (
            PARTITION BY loan ORDER BY month RANGE BETWEEN 11 PRECEDING AND CURRENT ROW
        ) AS longest_run_12m,
        max(missed_run) OVER (PARTITION BY loan ORDER BY month) AS longest_run,
        max(missed_run) OVER ahead AS run_ahead,
        min(CASE WHEN missed_run >= 3 THEN month END) OVER ahead AS event_month
    FROM runs
    WINDOW
        ahead AS (PARTITION BY loan ORDER BY month RANGE BETWEEN 1 FOLLOWING AND 6 FOLLOWING)
)
SELECT
    loan, month, missed_run, missed_3m, missed_6m, missed_12m, longest_run_12m, months_since_missed,
    paid_ratio AS paid_ratio_1m, paid_ratio_3m, paid_ratio_6m, partial_6m, months_behind, uneven_6m,
    rate, credit_score, payment_to_income, loan_to_value,
    CASE WHEN month + 6 <= (SELECT max(month) FROM months)
        THEN CAST(coalesce(run_ahead, 0) >= 3 AS INTEGER) END AS label,
    event_month
FROM known
WHERE balance_end > 0 AND longest_run < 3
ORDER BY month, loan
