"""What the documentation states, measured, drawn and written into its pages by commands."""
