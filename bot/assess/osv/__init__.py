"""OSV: advisories in the format of https://ossf.github.io/osv-schema/."""
