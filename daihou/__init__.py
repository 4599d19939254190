"""daihou (贷后): post-loan management, from paying out a loan to recovering it."""
