"""Which files may hold annotations, and how comments begin in them."""

import re
from pathlib import PurePosixPath
from typing import Final

_MARKUP: Final = frozenset({".md", ".markdown", ".mdx", ".html", ".htm", ".xml", ".svg"})
_SUFFIXES: Final = re.compile(
    r"\.(?:ac|ada|adb|ads|adoc|awk|bash|bat|bats|bazel|bbappend|bib|bicep|bu|bzl|c|cc|cfg|cjs|cl|clj|cljs|cmake|cmd|cnf|coffee|conf"
    r"|config|container|containerfile|cpp|cr|cs|csh|csproj|cue|cxx|d|dart|def|desktop|dhall|dockerfile|earth|ebuild|edn|el|elm|env"
    r"|envrc|erb|erl|ex|exs|fish|fs|fsproj|gd|gemspec|gn|gni|go|gotmpl|gradle|graphql|groovy|h|hcl|hh|hpp|hrl|hs|ign|inc|ini|ipxe"
    r"|j2|java|jinja|jinja2|jl|js|json|json5|jsonc|jsonnet|jsx|just|kdl|ks|kt|kts|less|libsonnet|lisp|list|lua|m|m4|mak|make|mjs|mk"
    r"|ml|mod|mount|mts|network|nf|nim|nix|nomad|nu|org|path|pkr|pl|pm|pp|preseed|props|properties|proto|ps1|psd1|psm1|pxe|py|pyi"
    r"|pyx|qml|r|rake|rb|recipe|rego|rkt|rs|rst|sc|scala|scm|scss|sed|service|sh|socket|spec|sql|star|sty|swift|targets|tcl|tex|tf"
    r"|tfbackend|tftpl|tfvars|thrift|tilt|timer|tmpl|toml|tofu|tpl|template|ts|tsx|txt|vb|vbs|vim|vue|wit|wl|yaml|yml|zig|zsh)",
    re.IGNORECASE,
)
_NAMES: Final = re.compile(
    r"\.?env(?:\..*)?|\.tool-versions|.*(?:docker|container|make|just|task|earth|jenkins|vagrant|tilt|proc|brew|gem|pod|fast|rake)file(?:[._-].*)?",
    re.IGNORECASE,
)


def may_be_annotated(path: PurePosixPath) -> bool:
    """Whether a file is text by its name: of a language, configuration or a script, or without a suffix."""
    return not path.suffix or is_markup(path) or _SUFFIXES.fullmatch(path.suffix) is not None or _NAMES.fullmatch(path.name) is not None


def is_markup(path: PurePosixPath) -> bool:
    """Whether only `<!--` begins a comment there: anything else is shown to readers, an example say."""
    return path.suffix.lower() in _MARKUP
