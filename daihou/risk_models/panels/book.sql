-- The lender's own book from its daily snapshots: one row a live loan and observation day, less
-- than 90 days past due that day. $files are the last snapshots of the months, and, when a day is
-- scored, that day's own. Windows end with the observation, except the label's. What the snapshot
-- leaves null (a loan set aside) stays unknown.
WITH days AS (
    SELECT
        loan_id, customer_id,
        CAST(regexp_extract(filename, 'day=([0-9-]+)', 1) AS DATE) AS day,
        disbursed_on, matures_on, amount, status, principal, days_past_due, unpaid_instalments,
        late_instalments_12m, coalesce(grade, 1) AS grade,
        principal_overdue + interest_overdue AS overdue,
        signals_red + signals_orange AS grave_signals,
        signals_yellow + signals_blue AS light_signals
    FROM read_parquet($files, filename = true)
    WHERE hash(loan_id) % 1000 < $per_thousand
),
months AS (
    SELECT *, 12 * year(day) + month(day) - 1 AS month,
        CAST(status = $written_off OR coalesce(days_past_due, 0) >= 90 AS INTEGER) AS is_serious
    FROM days
),
history AS (
    SELECT
        *,
        max(days_past_due) OVER loan_3m AS worst_days_3m,
        max(days_past_due) OVER loan_12m AS worst_days_12m,
        sum(CAST(days_past_due > 0 AS INTEGER)) OVER loan_6m AS months_overdue_6m,
        max(is_serious) OVER ahead AS serious_ahead,
        min(CASE WHEN is_serious = 1 THEN month END) OVER ahead AS event_month
    FROM months
    WINDOW
        loan_3m AS (PARTITION BY loan_id ORDER BY month RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
        loan_6m AS (PARTITION BY loan_id ORDER BY month RANGE BETWEEN 5 PRECEDING AND CURRENT ROW),
        loan_12m AS (PARTITION BY loan_id ORDER BY month RANGE BETWEEN 11 PRECEDING AND CURRENT ROW),
        ahead AS (PARTITION BY loan_id ORDER BY month RANGE BETWEEN 1 FOLLOWING AND 6 FOLLOWING)
),
clients AS (
    SELECT
        *,
        count(*) FILTER (WHERE status = $live) OVER (PARTITION BY customer_id, month)
            AS client_loans,
        max(days_past_due) OVER (
            PARTITION BY customer_id, month
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW
        ) AS client_worst_days
    FROM history
    WHERE month >= $from_month
)
SELECT
    loan_id AS loan, customer_id, month, principal,
    days_past_due, unpaid_instalments, late_instalments_12m, worst_days_3m, worst_days_12m,
    months_overdue_6m, overdue / nullif(principal, 0) AS overdue_share, grave_signals,
    light_signals, grade, client_worst_days, client_loans, principal / amount AS balance_share,
    datediff('month', disbursed_on, day) AS months_on_book,
    datediff('month', day, matures_on) AS months_left,
    CASE WHEN month + 6 <= (SELECT max(month) FROM months)
        THEN coalesce(serious_ahead, 0) END AS label,
    event_month
FROM clients
WHERE status = $live AND days_past_due < 90
ORDER BY month, customer_id, loan_id
