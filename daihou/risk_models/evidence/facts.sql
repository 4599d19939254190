-- What a lender knew of each commercial mortgage at each monthly report, from the report itself.
-- `month` counts the reports of a loan; nothing is filled in from later reports.
WITH reports AS (
    SELECT
        loan.loanID AS loan,
        row_number() OVER by_loan AS month,
        CAST(loan.reportingPeriodEndDate AS DATE) AS day,
        loan.paymentStatusLoanCode AS status,
        nullif(loan.reportPeriodEndScheduledLoanBalanceAmount, 0) AS balance,
        loan.originalLoanAmount AS amount,
        CASE WHEN loan.mostRecentSpecialServicerTransferDate IS NULL THEN false
            ELSE loan.mostRecentMasterServicerReturnDate IS NULL
                OR loan.mostRecentMasterServicerReturnDate
                    < loan.mostRecentSpecialServicerTransferDate
        END AS in_special_servicing,
        property.mostRecentDebtServiceCoverageNetCashFlowpercentage AS coverage,
        property.debtServiceCoverageNetCashFlowSecuritizationPercentage AS coverage_at_start,
        property.mostRecentPhysicalOccupancyPercentage AS occupancy,
        property.physicalOccupancySecuritizationPercentage AS occupancy_at_start,
        property.mostRecentValuationAmount AS value_now,
        property.valuationSecuritizationAmount AS value_at_start,
        CAST(property.mostRecentFinancialsEndDate AS DATE) AS statement_day,
        CAST(property.leaseExpirationLargestTenantDate AS DATE) AS lease_end
    FROM read_parquet($folder || '/loan_monthly.parquet') AS loan
    JOIN read_parquet($folder || '/property_monthly.parquet') AS property
        USING (accessionNumber, loanID)
    WINDOW by_loan AS (PARTITION BY loan.loanID ORDER BY loan.reportingPeriodEndDate)
)
SELECT
    *,
    amount / value_at_start AS loan_to_value_at_start,
    balance / value_now AS loan_to_value,
    datediff('month', statement_day, day) AS statement_age,
    datediff('month', day, lease_end) AS months_to_lease_end,
    sum(CAST(status IN ('B', '1', '2', '3') AS INTEGER)) OVER (
        PARTITION BY loan ORDER BY month ROWS BETWEEN 11 PRECEDING AND CURRENT ROW
    ) AS late_12m
FROM reports
