import type { Command } from './core/command.ts';
import type { Connect } from './core/connection.ts';
import { runCommandLine } from './core/run.ts';
import type { CliIo } from './io.ts';
import { builtInCommands } from './registry.ts';

export { defineCommand } from './core/command.ts';
export type { Command } from './core/command.ts';
export type { CliContext } from './core/context.ts';
export { CliError, ExitError } from './errors.ts';
export type { CliIo } from './io.ts';

export interface CliOptions {
  readonly io: CliIo;
  readonly connect: Connect;
  /** Commands beside the built-in ones (up, down, image); one of the same name replaces ours. */
  readonly commands?: readonly Command[];
  /** Default 'coxswain'. */
  readonly program?: string;
}

/** Runs one command line (without the program's own name) and answers its exit code. Never throws. */
export function runCli(argv: readonly string[], options: CliOptions): Promise<number> {
  const { io, connect, commands = [], program = 'coxswain' } = options;
  const names = new Set(commands.map(command => command.name));
  const all = [...commands, ...builtInCommands.filter(command => !names.has(command.name))];
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  return runCommandLine(argv, { io, connect, program, commands: all });
}
