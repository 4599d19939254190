-- name = "近180天第一大付款方占比"
-- unit = "%"
-- definition = "近180天流入中最大付款方的占比;没有对手信息为未知"
-- needs = ["transactions"]
-- source = "农行流水分析要点第7号"
SELECT customer,
       max(half) * 10000 // nullif(sum(half), 0) AS value
FROM payers
GROUP BY customer
