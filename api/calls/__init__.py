"""The client's calls, by what they are about; :mod:`api.client` puts them together."""
