-- definition = "每户未来应还与流入、余额"
-- needs = ["transactions", "instalments_ahead"]
SELECT due.customer, due.due_30d, due.due_90d, flow.inflow_90d, held.balance
FROM (
    SELECT customer,
           sum(CASE WHEN day <= $day + 30 THEN amount ELSE 0 END) AS due_30d,
           sum(amount) AS due_90d
    FROM instalments_ahead
    GROUP BY customer
) AS due
JOIN inflows AS flow ON flow.customer = due.customer
LEFT JOIN (
    SELECT customer, sum(balance) AS balance FROM last_balances GROUP BY customer
) AS held ON held.customer = due.customer
