-- name = "近30天最低余额"
-- unit = "元"
-- definition = "近30天交易后余额的最低值;没有带余额的交易为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第6号"
SELECT customer,
       min(balance) FILTER (WHERE day > $day - 30) AS value
FROM transactions
GROUP BY customer
