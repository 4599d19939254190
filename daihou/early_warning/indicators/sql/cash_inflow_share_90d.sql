-- name = "近90天现金流入占比"
-- unit = "%"
-- definition = "近90天流入中现金的占比;没有流入为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第10号"
SELECT customer,
       coalesce(sum(amount) FILTER (WHERE amount > 0 AND kind <> 11 AND is_cash AND day > $day - 90), 0) * 10000
       // nullif(sum(amount) FILTER (WHERE amount > 0 AND kind <> 11 AND day > $day - 90), 0) AS value
FROM transactions
GROUP BY customer
