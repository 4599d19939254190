"""daihou (贷后): post-loan management, from the day a loan is paid out to the day it is recovered."""
