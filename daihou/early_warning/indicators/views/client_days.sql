-- definition = "每户每日的流入与流出"
-- needs = ["transactions"]
SELECT customer, day,
       sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS inflow,
       sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS outflow
FROM transactions
WHERE day > $day - 90
GROUP BY customer, day
