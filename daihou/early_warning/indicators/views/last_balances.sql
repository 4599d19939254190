-- definition = "每个账户最近一笔有余额的交易后的余额"
-- needs = ["transactions"]
SELECT customer, account, balance
FROM (
    SELECT customer, account, balance,
           row_number() OVER (PARTITION BY account ORDER BY day DESC, id DESC) AS place
    FROM transactions
    WHERE balance IS NOT NULL
) AS latest
WHERE place = 1
