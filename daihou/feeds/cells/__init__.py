"""From cells to values: money in fen, rates in millionths of a percent, dates as day numbers."""
