-- name = "账户余额"
-- unit = "元"
-- definition = "各账户最近一笔有余额的交易后余额之和"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       sum(balance) AS value
FROM last_balances
GROUP BY customer
