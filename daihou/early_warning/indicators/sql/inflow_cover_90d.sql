-- name = "流入对应还的覆盖"
-- unit = "%"
-- definition = "近90天流入为未来90天应还本息的百分之几;没有应还为未知"
-- needs = ["transactions", "instalments_ahead"]
-- source = "本系统建议"
SELECT customer,
       max(inflow_90d) * 10000 // nullif(max(due_90d), 0) AS value
FROM cover
GROUP BY customer
