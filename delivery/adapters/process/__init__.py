"""This machine as a site: real processes under limits, metered by the clock they were held."""
