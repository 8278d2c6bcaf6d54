"""Contents as plain values: the stable contract of `inspect --format json`."""

from bot.model.contents import Base, Configuration, Contents, Layer, OperatingSystem, Package
from bot.report.contents.words import shown_variable

Row = dict[str, object]


def contents_row(contents: Contents) -> Row:
    """All that is known of an image; absent values are None. Values of variables that may be secrets are not in it."""
    return {
        "image": contents.image,
        "digest": contents.digest,
        "index_digest": contents.index_digest,
        "platform": contents.platform,
        "platforms": list(contents.platforms),
        "created_at": contents.created_at.isoformat() if contents.created_at else None,
        "operating_system": _system(contents.operating_system) if contents.operating_system else None,
        "base": _base(contents.base) if contents.base else None,
        "configuration": _configuration(contents.configuration),
        "layers": [layer_row(layer) for layer in contents.layers],
        "packages": [package_row(package) for package in contents.packages],
        "sources": [
            {"name": source.name, "where": source.where, "packages": source.packages, "known_by": source.known_by.value}
            for source in contents.sources
        ],
        "not_read": [{"what": missing.what, "reason": missing.reason} for missing in contents.not_read],
        "disagreements": list(contents.disagreements),
    }


def package_row(package: Package) -> Row:
    return {
        "type": package.type,
        "namespace": package.namespace or None,
        "name": package.name,
        "version": package.version,
        "architecture": package.architecture or None,
        "source_name": package.source_name or None,
        "source_version": package.source_version or None,
        "module": package.module or None,
        "purl": package.purl or None,
        "path": package.path or None,
        "layer": package.layer or None,
        "known_by": package.known_by.value,
    }


def _system(system: OperatingSystem) -> Row:
    return {
        "id": system.id,
        "version": system.version or None,
        "name": system.name or None,
        "codename": system.codename or None,
        "end_of_life": system.end_of_life.isoformat() if system.end_of_life else None,
        "extended_until": system.extended_until.isoformat() if system.extended_until else None,
        "end_of_life_source": system.end_of_life_source or None,
    }


def _base(base: Base) -> Row:
    return {"name": base.name or None, "digest": base.digest, "source": base.source}


def _configuration(configuration: Configuration) -> Row:
    return {
        "user": configuration.user or None,
        "runs_as_root": configuration.runs_as_root,
        "entrypoint": list(configuration.entrypoint),
        "command": list(configuration.command),
        "environment": [shown_variable(variable) for variable in configuration.environment],
        "working_folder": configuration.working_folder or None,
        "exposed_ports": list(configuration.exposed_ports),
        "volumes": list(configuration.volumes),
        "healthcheck": list(configuration.healthcheck),
        "stop_signal": configuration.stop_signal or None,
        "labels": dict(configuration.labels),
    }


def layer_row(layer: Layer) -> Row:
    return {
        "diff_id": layer.diff_id,
        "digest": layer.digest,
        "size_bytes": layer.size_bytes,
        "created_by": layer.created_by or None,
        "created_at": layer.created_at.isoformat() if layer.created_at else None,
    }
