"""Allocation, months, ramp and fairness of quotas; arrays and exact integers, no Django."""
