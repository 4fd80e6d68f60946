/** What exit codes, signals and reasons of ended containers mean. */
import type { ContainerStateTerminated } from '#api/generated/types/core.v1.ts';

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL: an illegal instruction, often a binary for another processor',
  6: 'SIGABRT: it aborted itself, often by a failed assertion',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV: it touched memory that is not its own',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM: it was told to stop',
};

const codes: Readonly<Record<number, string>> = {
  0: 'it ended by itself, without an error',
  125: 'the container could not be run',
  126: 'the command is there but cannot be executed',
  127: 'the command was not found',
};

/** '137 (SIGKILL)', '1', '127 (the command was not found)'. */
export function exitCodeText({ exitCode, signal }: ContainerStateTerminated): string {
  const number = signal || (exitCode > 128 && exitCode < 160 ? exitCode - 128 : 0);
  const meaning = number > 0 ? (signals[number] ?? `signal ${number}`) : codes[exitCode];
  return meaning ? `${exitCode} (${meaning})` : String(exitCode);
}

const plainReasons = new Set(['Error', 'Completed', '']);

/** 'OOMKilled, exit code 137 (SIGKILL)' or 'exit code 1'. */
export function endText(ended: ContainerStateTerminated): string {
  const reason = ended.reason ?? '';
  return `${plainReasons.has(reason) ? '' : `${reason}, `}exit code ${exitCodeText(ended)}`;
}
