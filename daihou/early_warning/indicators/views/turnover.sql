-- definition = "每户近一年流入与贷款余额"
-- needs = ["transactions", "loans_today"]
SELECT owed.customer, owed.principal, flow.inflow_365d
FROM (SELECT customer, sum(principal) AS principal FROM loans_today GROUP BY customer) AS owed
JOIN (
    SELECT customer, sum(amount) AS inflow_365d
    FROM transactions
    WHERE amount > 0 AND kind <> 11 AND day > $day - 365
    GROUP BY customer
) AS flow ON flow.customer = owed.customer
