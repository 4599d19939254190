-- name = "近90天交易笔数"
-- unit = "个"
-- definition = "近90天交易笔数"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       count(*) FILTER (WHERE day > $day - 90) AS value
FROM transactions
GROUP BY customer
