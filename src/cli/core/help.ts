import { formatDuration } from '#machinery/go-values.ts';
import type { Command } from './command.ts';
import type { Flag } from './flags.ts';

/** The help of a command or group, laid out as kubectl's. */
export function helpText(command: Command, path: string): string {
  const sections = [
    `${command.summary}${command.details ? `\n\n${command.details}` : ''}`,
    examples(command, path),
    subcommands(command),
    options(
      command.flags?.filter(flag => !flag.hidden && flag.deprecated === undefined && command.run) ?? [],
    ),
    usage(command, path),
  ];
  return `${sections.filter(section => section !== '').join('\n\n')}\n`;
}

function examples(command: Command, path: string): string {
  if (!command.examples?.length) return '';
  const program = path.split(' ')[0]!;
  return `Examples:\n${command.examples.map(line => `  ${line.replaceAll('%', program)}`).join('\n')}`;
}

function subcommands(command: Command): string {
  const shown = command.subcommands?.filter(sub => !sub.hidden) ?? [];
  if (shown.length === 0) return '';
  const width = Math.max(...shown.map(sub => sub.name.length)) + 1;
  return `Available Commands:\n${shown.map(sub => `  ${sub.name.padEnd(width)} ${sub.summary}`).join('\n')}`;
}

function options(flags: readonly Flag[]): string {
  return flags.length === 0 ? '' : `Options:\n${optionLines(flags)}`;
}

/** Each flag with its default and what it does, by name. */
export function optionLines(flags: readonly Flag[]): string {
  return [...flags]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      flag =>
        `    ${flag.short ? `-${flag.short}, ` : ''}--${flag.name}=${shownDefault(flag)}:\n\t${flag.help}`,
    )
    .join('\n\n');
}

function shownDefault(flag: Flag): string {
  switch (flag.type) {
    case 'string':
      return `'${flag.default ?? ''}'`;
    case 'list':
    case 'array':
      return `[${flag.default ?? ''}]`;
    case 'duration':
      return formatDuration(BigInt(Math.round(Number(flag.default ?? 0) * 1e6)));
    default:
      return String(flag.default ?? (flag.type === 'bool' ? false : 0));
  }
}

function usage(command: Command, path: string): string {
  const lines = command.run ? [`Usage:\n  ${path}${command.usage ? ` ${command.usage}` : ''} [options]`] : [];
  if (command.subcommands)
    lines.push(`Use "${path} <command> --help" for more information about a given command.`);
  return lines.join('\n\n');
}
