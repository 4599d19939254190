-- name = "回笼率"
-- unit = "%"
-- definition = "近一年流入为贷款余额的百分之几"
-- needs = ["transactions", "loans_today"]
-- source = "本系统建议"
SELECT customer,
       max(inflow_365d) * 10000 // nullif(max(principal), 0) AS value
FROM turnover
GROUP BY customer
