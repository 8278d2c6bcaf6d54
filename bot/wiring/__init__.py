"""The only folder that names concrete parts: `local` for a folder or an image, `fleet` for an organisation, `clients` for both."""
