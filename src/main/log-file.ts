import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#base/clock.ts';
import { type LogLevel, TextLog } from './text-log.ts';

/** Appends to a file that only its owner may read. */
export async function openLogFile(
  path: string,
  clock: Clock,
  level: LogLevel,
): Promise<TextLog & AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A log that cannot be written must not take the cluster down with it.
  stream.on('error', () => {});
  const log = new TextLog(line => void stream.write(line), clock, level);
  return Object.assign(log, {
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => stream.end(() => resolve())),
  });
}
