-- name = "余额对应还的覆盖"
-- unit = "%"
-- definition = "账户余额为未来30天应还本息的百分之几;没有应还为未知"
-- needs = ["transactions", "instalments_ahead"]
-- source = "本系统建议"
SELECT customer,
       max(balance) * 10000 // nullif(max(due_30d), 0) AS value
FROM cover
GROUP BY customer
