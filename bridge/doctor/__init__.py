"""The doctor: looks at the front door from outside, as TradingView does, and says what it finds."""
