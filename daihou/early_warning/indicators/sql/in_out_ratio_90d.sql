-- name = "近90天进出比"
-- unit = "%"
-- definition = "近90天流入为流出的百分之几,贷款发放不计;没有流出为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第5号"
SELECT customer,
       coalesce(sum(amount) FILTER (WHERE amount > 0 AND kind <> 11 AND day > $day - 90), 0) * 10000
       // nullif(sum(-amount) FILTER (WHERE amount < 0 AND day > $day - 90), 0) AS value
FROM transactions
GROUP BY customer
