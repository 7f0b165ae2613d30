"""Completion scripts of four shells, made from one list of verbs.

They hold all they offer, so that Tab does not wait for the program to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Takes:
    """What follows an option, or stands alone: one of these words, a path, or anything."""

    name: str
    words: tuple[str, ...] = ()
    is_file: bool = False
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """`names` are `-s`, `--simulate`; without `takes` it stands alone."""

    names: tuple[str, ...]
    help: str
    takes: Takes | None


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, its options, and what it takes beside them."""

    name: str
    help: str
    options: tuple[Option, ...]
    what: tuple[Takes, ...]


def _bash(verbs: Sequence[Verb]) -> str:
    lines = [
        "# artkeep, in bash",
        "_artkeep() {",
        '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" words=',
        "  COMPREPLY=()",
        "  if [[ $COMP_CWORD -eq 1 ]]; then",
        f'    words="{" ".join(verb.name for verb in verbs)} help"',
        '    COMPREPLY=($(compgen -W "$words" -- "$cur"))',
        "    return",
        "  fi",
        '  case "${COMP_WORDS[1]}" in',
    ]
    for verb in verbs:
        lines += [f"    {verb.name})", '      case "$prev" in']
        for takes, alike in _by_value(verb).items():
            lines.append(f"        {'|'.join(alike)}) {_bash_one(takes)};;")
        names = " ".join(name for option in verb.options for name in option.names)
        lines += ["      esac", f'      if [[ $cur == -* ]]; then words="{names}"']
        if verb.what:
            lines.append(f"      else {_bash_one(_first(verb))}")
        lines += ["      fi", "      ;;"]
    lines += [
        f'    help) words="{" ".join(verb.name for verb in verbs)}";;',
        "  esac",
        '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
        "}",
        "complete -F _artkeep artkeep",
    ]
    return _joined(lines)


def _bash_one(takes: Takes) -> str:
    kind = "-f" if takes.is_file else "-d"
    if takes.is_file or takes.is_folder:
        names = f"local IFS=$'\\n'; COMPREPLY=($(compgen {kind} -- \"$cur\"))"
        return f"compopt -o filenames; {names}; return"
    if not takes.words:
        return "return"
    return f'COMPREPLY=($(compgen -W "{" ".join(takes.words)}" -- "$cur")); return'


def _by_value(verb: Verb) -> dict[Takes, list[str]]:
    """Options that take the same, together; their names differ in nothing that is offered."""
    found: dict[Takes, list[str]] = {}
    for option in verb.options:
        if option.takes:
            found.setdefault(replace(option.takes, name=""), []).extend(option.names)
    return found


def _first(verb: Verb) -> Takes:
    """Words that may stand alone: the first kind there is, and any file after it."""
    return next((one for one in verb.what if one.words or one.is_file), verb.what[0])


def _zsh(verbs: Sequence[Verb]) -> str:
    lines = [
        "#compdef artkeep",
        "_artkeep() {",
        "  local -a verbs",
        "  verbs=(",
        *(f"    {_quoted(f'{verb.name}:{verb.help}')}" for verb in verbs),
        "  )",
        "  if (( CURRENT == 2 )); then",
        "    _describe -t verbs verb verbs",
        "    return",
        "  fi",
        '  local verb="${words[2]}"',
        "  shift words",
        "  (( CURRENT-- ))",
        '  case "$verb" in',
        "    help) _describe -t verbs verb verbs;;",
    ]
    for verb in verbs:
        lines.append(f"    {verb.name}) _arguments -s -S \\")
        for option in verb.options:
            alone = "" if len(option.names) == 1 else f"({' '.join(option.names)})"
            for name in option.names:
                value = _zsh_one(option.takes) if option.takes else ""
                words = f"{alone}{name}[{_escaped(option.help)}]{value}"
                lines.append(f"      {_quoted(words)} \\")
        for number, takes in enumerate(verb.what, start=1):
            place = "*" if number == len(verb.what) else str(number)
            lines.append(f"      {_quoted(place + _zsh_one(takes))} \\")
        lines[-1] = lines[-1].removesuffix(" \\") + ";;"
    lines += [
        "  esac",
        "}",
        "# from a file in $fpath it is called at once; sourced, it is registered",
        'if [[ "$funcstack[1]" = "_artkeep" ]]; then',
        '  _artkeep "$@"',
        "else",
        "  compdef _artkeep artkeep",
        "fi",
    ]
    return _joined(lines)


def _zsh_one(takes: Takes) -> str:
    action = f"({' '.join(takes.words)})" if takes.words else " "
    if takes.is_file:
        action = "_files"
    if takes.is_folder:
        action = "_files -/"
    return f":{_escaped(takes.name)}:{action}"


def _escaped(text: str) -> str:
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    return text


def _quoted(text: str) -> str:
    """In single quotes, as POSIX shells, zsh and fish read them."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(verbs: Sequence[Verb]) -> str:
    lines = ["# artkeep, in fish", "complete -c artkeep -f"]
    for verb in verbs:
        first = "complete -c artkeep -n __fish_use_subcommand"
        lines.append(f"{first} -a {verb.name} -d {_quoted(verb.help)}")
        here = f"complete -c artkeep -n '__fish_seen_subcommand_from {verb.name}'"
        for option in verb.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            takes = _fish_one(option.takes, must=" -x") if option.takes else ""
            lines.append(f"{here} {names}{takes} -d {_quoted(option.help)}")
        lines += [f"{here}{words}" for one in verb.what if (words := _fish_one(one))]
    return _joined(lines)


def _fish_one(takes: Takes, must: str = "") -> str:
    if takes.is_file:
        return " -r -F" if must else " -F"
    if takes.is_folder:
        return f"{must} -a '(__fish_complete_directories)'"
    return must + (f" -a {_quoted(' '.join(takes.words))}" if takes.words else "")


def _powershell(verbs: Sequence[Verb]) -> str:
    return _joined(list(_powershell_lines(verbs)))


def _powershell_lines(verbs: Sequence[Verb]) -> Iterator[str]:
    """Paths are completed by PowerShell itself wherever nothing is offered."""
    yield "# artkeep, in PowerShell"
    yield "Register-ArgumentCompleter -Native -CommandName artkeep -ScriptBlock {"
    yield "  param($wordToComplete, $commandAst, $cursorPosition)"
    yield "  $verbs = [ordered]@{"
    for verb in verbs:
        yield f"    {_single(verb.name)} = @{{"
        yield f"      help = {_single(verb.help)}"
        yield "      options = [ordered]@{"
        for option in verb.options:
            for name in option.names:
                yield f"        {_single(name)} = {_single(option.help)}"
        yield "      }"
        yield "      values = @{"
        for option in verb.options:
            for name in option.names:
                if option.takes:
                    yield f"        {_single(name)} = @({_singles(option.takes.words)})"
        yield "      }"
        yield f"      what = @({_singles(word for one in verb.what for word in one.words)})"
        yield "    }"
    yield "  }"
    yield from _POWERSHELL_END.splitlines()


_POWERSHELL_END = """\
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  if ($wordToComplete -ne '') { $words = @($words | Select-Object -SkipLast 1) }
  function Offer($word, $about) {
    if (-not $about) { $about = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
  }
  if ($words.Count -le 1) {
    $verbs.Keys | Where-Object { $_ -like "$wordToComplete*" } |
      ForEach-Object { Offer $_ $verbs[$_].help }
    return
  }
  $verb = $verbs[$words[1]]
  if (-not $verb) { return }
  $last = $words[-1]
  if ($verb.values.ContainsKey($last)) {
    $verb.values[$last] | Where-Object { $_ -like "$wordToComplete*" } |
      ForEach-Object { Offer $_ }
  } elseif ($wordToComplete -like '-*') {
    $verb.options.Keys | Where-Object { $_ -like "$wordToComplete*" } |
      ForEach-Object { Offer $_ $verb.options[$_] }
  } else {
    $verb.what | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { Offer $_ }
  }
}
"""


def _singles(words: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(map(_single, words))


def _single(text: str) -> str:
    """In single quotes, as PowerShell reads them."""
    return "'" + text.replace("'", "''") + "'"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


SCRIPTS: dict[str, Callable[[Sequence[Verb]], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
