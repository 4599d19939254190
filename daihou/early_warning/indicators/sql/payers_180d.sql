-- name = "近180天付款方个数"
-- unit = "个"
-- definition = "近180天有流入的付款方个数"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       count(*) FILTER (WHERE half > 0) AS value
FROM payers
GROUP BY customer
