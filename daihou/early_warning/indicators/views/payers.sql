-- definition = "每户每个付款方:近90天、其前、近180天的流入,贷款发放与无对手信息的不计"
-- needs = ["transactions"]
SELECT customer, counterparty,
       sum(CASE WHEN day > $day - 90 THEN amount ELSE 0 END) AS recent,
       sum(CASE WHEN day <= $day - 90 THEN amount ELSE 0 END) AS before,
       sum(CASE WHEN day > $day - 180 THEN amount ELSE 0 END) AS half
FROM transactions
WHERE amount > 0 AND kind <> 11 AND counterparty <> 0
GROUP BY customer, counterparty
