import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One line of logfmt an event: time, level, message, fields. */
export class TextLog implements Log {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  readonly #level: number;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(
    write: (line: string) => void,
    clock: Clock,
    level: LogLevel,
    fields: Record<string, unknown> = {},
  ) {
    this.#write = write;
    this.#clock = clock;
    this.#level = logLevels.indexOf(level);
    this.#fields = fields;
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.#line('debug', message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.#line('info', message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#line('warn', message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#line('error', message, fields);
  }

  with(fields: Record<string, unknown>): Log {
    return new TextLog(this.#write, this.#clock, logLevels[this.#level]!, { ...this.#fields, ...fields });
  }

  #line(level: LogLevel, message: string, fields: Record<string, unknown> | undefined): void {
    if (logLevels.indexOf(level) < this.#level) return;
    this.#write(logLine(this.#clock.now(), level, message, { ...this.#fields, ...fields }));
  }
}

/** One line with its end. */
export function logLine(
  nowMs: number,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const parts = [new Date(nowMs).toISOString(), level.toUpperCase().padEnd(5), message];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${name}=${show(value)}`);
  }
  return `${parts.join(' ')}\n`;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
