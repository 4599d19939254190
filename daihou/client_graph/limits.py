"""The limits of the graph's rules, from the parameters of a day."""

from __future__ import annotations

from daihou.client_graph.rules import GraphLimits
from daihou.policy.queries import ParametersOnDay


def graph_limits(parameters: ParametersOnDay) -> GraphLimits:
    """The limits as they count on the day of the parameters."""
    return GraphLimits(
        failing_days=parameters.whole("graph.failing_days"),
        sued_guarantors=parameters.whole("graph.sued_guarantors"),
        failing_members=parameters.whole("graph.failing_members"),
        called_hands=parameters.whole("graph.called_hands"),
        hub_clients=parameters.whole("graph.hub_clients"),
        net_assets_share=parameters.whole("graph.guarantees_to_net_assets"),
    )
