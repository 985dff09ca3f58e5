"""The report of an exploration: one HTML file that needs no network.

The chart is drawn by a script of our own in the page, of some hundred lines: plotly's would add 4.8
MB to every report, and neither its points nor its filters can be reached from the keyboard.
"""

from macsmith.report.page import write_report

__all__ = ["write_report"]
