"""The cases, or parts of cases, that are not held against the kernel: each with its reason."""

from tests.loanmath.cases_of_others.sorting import Exempt, Kind

_SCORES = Exempt(Kind.OTHER_TOPIC, "statistics of a score: the product's models")
_MIGRATION = Exempt(Kind.OTHER_TOPIC, "migration of a book: the product's reports")
_COLLATERAL = Exempt(Kind.OTHER_TOPIC, "value of collateral: the product's collateral")
_SAVINGS = "a savings plan, not a loan"
_RANGES = Exempt(
    Kind.CONVENTION,
    "the days agree; its ranges by instalment take paused days off instalments that fell due after"
    " the pause",
    partly=True,
)
_NEGATIVE = Exempt(
    Kind.CONVENTION,
    "all payments agree while the rate is above nought; rates below it are refused here",
    partly=True,
)
_SIGN = Exempt(
    Kind.UNFAIR, "the accrued interest of a claim that is sold or bought has the wrong sign"
)

EXCEPTIONS: dict[str, Exempt] = {
    # Fineract
    "FIN-Loan-350": Exempt(
        Kind.WRONG,
        "the date beside its two reversals is that of the third payment; by its own figures the"
        " second payment is reversed, then the first, and with these all eight balances agree",
        partly=True,
    ),
    "FIN-LoanChargeOff-157": Exempt(
        Kind.CONVENTION,
        "a charge-off there books interest that is not yet due; a write-off here takes off"
        " principal, and interest and fees that are due stay a claim",
    ),
    "FIN-LoanChargeback-273": Exempt(
        Kind.CONVENTION,
        "what is owed agrees; there the next instalment grows, here the reversed payment's own"
        " instalment is open again",
        partly=True,
    ),
    "FIN-LoanDelinquency-397": Exempt(
        Kind.LACKING, "fees that belong to instalments, in ranges of days by instalment"
    ),
    "FIN-LoanDelinquency-649": _RANGES,
    "FIN-UNIT-PARTIAL-0215": Exempt(
        Kind.CONVENTION,
        "interest and principal of the payment agree, and the interest asked for by the next due"
        " date; there later rows keep the level instalment, the last one being less",
        partly=True,
    ),
    "FIN-RATECHANGE-UC2": Exempt(
        Kind.CONVENTION,
        "the interest of the period in which the rate changes agrees; the level instalment is"
        " worked out there with that interest, here as if the new rate had held all along",
        partly=True,
    ),
    "FIN-LoanRepayment-702": Exempt(
        Kind.CONVENTION,
        "the interest of the period agrees; there the money paid early also counts as part of"
        " the instalment that falls due, here it has lowered the principal",
        partly=True,
    ),
    "FIN-LoanRepayment-798": Exempt(
        Kind.CONVENTION,
        "the interest of both periods agrees; there the excess also counts as part of the next"
        " instalment, here it has lowered the principal",
        partly=True,
    ),
    # Frappe
    "FRP-APPL-18": Exempt(
        Kind.CONVENTION,
        "the instalment agrees; the totals there round the balance to whole units every month",
        partly=True,
    ),
    "FRP-WO-RECOVERY": Exempt(
        Kind.CONVENTION,
        "the money agrees; there a loan is 'written off' once any part is, here once no principal"
        " is left on the book",
        partly=True,
    ),
    "FRP-COLL-MAX": _COLLATERAL,
    "FRP-COLL-SHORTFALL": _COLLATERAL,
    # worked examples
    "NPF-NPER": Exempt(Kind.OTHER_TOPIC, _SAVINGS),
    "NPF-PV-FV": Exempt(Kind.OTHER_TOPIC, f"the two future values: {_SAVINGS}", partly=True),
    "FJS-PMT": Exempt(Kind.OTHER_TOPIC, f"the first of the two: {_SAVINGS}", partly=True),
    "EIR-BOND-7.8": Exempt(
        Kind.OTHER_TOPIC, "the rate agrees; carrying amounts of a bond are bookkeeping", partly=True
    ),
    "ROLL-20": _MIGRATION,
    "TM-AALEN-JOHANSEN": _MIGRATION,
    "VINT-PIT60": _MIGRATION,
    "VINT-CUM-WO": _MIGRATION,
    "WOE-DEROG": _SCORES,
    "OPTB-IV-4BINS": _SCORES,
    "TOAD-PSI-2": _SCORES,
    "TOAD-KS-AUC": _SCORES,
    "KS-10": _SCORES,
    # ACTUS
    "lam13": _NEGATIVE,
    "nam09": _NEGATIVE,
    "lam04": _SIGN,
    "lam21": _SIGN,
    "nam04": _SIGN,
    "nam19": Exempt(Kind.UNFAIR, "no maturity is given, and none follows from the terms"),
}
