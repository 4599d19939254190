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
JOIN (
    SELECT customer,
           sum(CASE WHEN amount > 0 AND kind <> 11 AND day > $day - 90 THEN amount ELSE 0 END)
           AS inflow_90d
    FROM transactions
    GROUP BY customer
) AS flow ON flow.customer = due.customer
LEFT JOIN (
    SELECT customer, sum(balance) AS balance FROM last_balances GROUP BY customer
) AS held ON held.customer = due.customer
