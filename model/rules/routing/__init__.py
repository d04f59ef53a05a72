"""Routing: which location ships what of an order, by stock, region and cost; pure decisions over quantities and rules."""

from model.rules.routing.plan import Plan, Wanted, plan_route
from model.rules.routing.settings import LocationRules, RoutingRules, ship_by

__all__ = ["LocationRules", "Plan", "RoutingRules", "Wanted", "plan_route", "ship_by"]
