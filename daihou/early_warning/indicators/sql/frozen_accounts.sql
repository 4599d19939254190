-- name = "被冻结或止付账户"
-- unit = "个"
-- definition = "当前处于冻结或止付的账户个数"
-- needs = ["accounts"]
-- source = "农行贷后预警信号表第29号"
SELECT customer,
       count(*) FILTER (WHERE is_blocked) AS value
FROM accounts
GROUP BY customer
