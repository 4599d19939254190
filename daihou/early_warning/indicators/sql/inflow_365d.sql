-- name = "近一年流入"
-- unit = "元"
-- definition = "近365天账户流入合计,贷款发放不计"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       coalesce(sum(amount) FILTER (WHERE amount > 0 AND kind <> 11 AND day > $day - 365), 0) AS value
FROM transactions
GROUP BY customer
