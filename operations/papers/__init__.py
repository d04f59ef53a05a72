"""Invoices, credit notes and what customers with terms still owe."""
