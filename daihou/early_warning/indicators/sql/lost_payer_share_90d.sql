-- name = "近90天流失付款方占比"
-- unit = "%"
-- definition = "90天以前的流入中,近90天再没有付款的付款方的占比;此前没有流入为未知"
-- needs = ["transactions"]
-- source = "本系统建议"
SELECT customer,
       coalesce(sum(before) FILTER (WHERE recent = 0), 0) * 10000 // nullif(sum(before), 0) AS value
FROM payers
GROUP BY customer
