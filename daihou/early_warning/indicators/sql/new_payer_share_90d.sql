-- name = "近90天新付款方占比"
-- unit = "%"
-- definition = "近90天流入中,此前没有付过款的付款方的占比;此前没有流入为未知"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       CASE WHEN sum(before) > 0 THEN coalesce(sum(recent) FILTER (WHERE before = 0), 0) * 10000
       // nullif(sum(recent), 0) END AS value
FROM payers
GROUP BY customer
