"""What a design costs: area, delay and energy.

Empty until the first measurement exists; nothing is estimated before something was measured.
"""
