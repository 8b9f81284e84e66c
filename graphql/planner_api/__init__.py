"""The GraphQL door to the planner: it takes a project's facts and gives back the plan, reasons and dates.

Knows nothing of approval law: names, questions and lists come from the rulebook, plans from `planner.Planner`.
"""
