-- definition = "每个账户最近一笔有余额的交易后的余额"
-- needs = ["transactions"]
SELECT customer, account, arg_max(balance, (day, id)) AS balance
FROM transactions
WHERE balance IS NOT NULL
GROUP BY customer, account
