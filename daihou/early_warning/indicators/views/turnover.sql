-- definition = "每户近一年流入与贷款余额"
-- needs = ["transactions", "loans_today"]
SELECT owed.customer, owed.principal, flow.inflow_365d
FROM (SELECT customer, sum(principal) AS principal FROM loans_today GROUP BY customer) AS owed
JOIN inflows AS flow ON flow.customer = owed.customer
WHERE flow.inflow_365d IS NOT NULL
