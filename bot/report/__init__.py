"""exposures -> issue, dashboard, exports; pure."""
