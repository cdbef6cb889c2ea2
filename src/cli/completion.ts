// Scripts that teach a shell to complete the command: made from its commands and flags, so that a key press starts no program.
import type { Argument, Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell, program: Command): string {
  if (shell === 'bash') return bash(program);
  return shell === 'zsh' ? zsh(program) : fish(program);
}

function bash(program: Command): string {
  const names = program.commands.map((command) => command.name()).join(' ');
  const cases = program.commands.flatMap((command) => [
    ...optionsOf(command)
      .filter(({ argChoices }) => argChoices !== undefined)
      .map((option) =>
        choose(
          flagsOf(option).map((flag) => `'${command.name()} ${flag}'`),
          option.argChoices ?? [],
        ),
      ),
    ...command.registeredArguments
      .filter(({ argChoices }) => argChoices !== undefined)
      .map(({ argChoices = [] }) => choose([`'polyloop ${command.name()}'`], argChoices)),
  ]);
  const flags = program.commands.map(
    (command) => `      ${command.name()}) flags='${optionsOf(command).flatMap(flagsOf).join(' ')}' ;;`,
  );
  return `# polyloop completion bash >> ~/.bashrc
_polyloop() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} flags=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names}' -- "$cur"))
    return
  fi
  local before="\${COMP_WORDS[1]} $prev"
  [ "$COMP_CWORD" -eq 2 ] && before="polyloop $prev"
  case "$before" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  fi
}
complete -o default -F _polyloop polyloop
`;
}

function choose(patterns: readonly string[], choices: readonly string[]): string {
  return `    ${patterns.join(' | ')}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`;
}

function zsh(program: Command): string {
  const commands = program.commands.map(
    (command) => `    ${quoted(`${command.name()}:${command.description().replaceAll(':', '\\:')}`)}`,
  );
  const cases = program.commands.map((command) => {
    const flags = optionsOf(command).flatMap((option) => {
      const told = option.description.replaceAll(/[[\]:]/g, '\\$&');
      return flagsOf(option).map((flag) => `        ${quoted(`*${flag}[${told}]${zshValue(option)}`)}`);
    });
    const rest = command.registeredArguments.map(
      ({ argChoices }) => `        ${quoted(argChoices ? `:value:(${argChoices.join(' ')})` : '*:file:_files')}`,
    );
    return `      ${command.name()}) _arguments -s \\\n${[...flags, ...new Set(rest)].join(' \\\n')} ;;`;
  });
  return `#compdef polyloop
# polyloop completion zsh > a folder of $fpath, as _polyloop; or source it behind compinit
_polyloop() {
  local -a commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_polyloop" ]; then _polyloop "$@"; else compdef _polyloop polyloop; fi
`;
}

function zshValue(option: Option): string {
  if (!option.required) return '';
  return option.argChoices === undefined ? ':value:_files' : `:value:(${option.argChoices.join(' ')})`;
}

function fish(program: Command): string {
  const isFirst = `not __fish_seen_subcommand_from ${program.commands.map((command) => command.name()).join(' ')}`;
  const lines = program.commands.flatMap((command) => {
    const within = `-n ${quoted(`__fish_seen_subcommand_from ${command.name()}`)}`;
    return [
      `complete -c polyloop -f -n ${quoted(isFirst)} -a ${command.name()} -d ${quoted(command.description())}`,
      ...command.registeredArguments
        .filter(hasChoices)
        .map(({ argChoices = [] }) => `complete -c polyloop -f ${within} -a ${quoted(argChoices.join(' '))}`),
      ...optionsOf(command).map((option) => {
        const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`;
        const long = option.long === undefined ? '' : ` -l ${option.long.slice(2)}`;
        const choices = option.argChoices === undefined ? '' : ` -xa ${quoted(option.argChoices.join(' '))}`;
        const value = option.required && choices === '' ? ' -r' : choices;
        return `complete -c polyloop ${within}${short}${long}${value} -d ${quoted(option.description)}`;
      }),
    ];
  });
  return `# polyloop completion fish > ~/.config/fish/completions/polyloop.fish\n${lines.join('\n')}\n`;
}

function hasChoices({ argChoices }: Argument): boolean {
  return argChoices !== undefined;
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function flagsOf({ short, long }: Option): string[] {
  return [short, long].filter((flag) => flag !== undefined);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
