import { RecentCache } from '#base/recent-cache.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { fieldManagerMaxBytes } from '#machinery/metadata.ts';
import type { ApiRequest } from '../request.ts';

/** Go's unicode.IsPrint: no control, format, private or unassigned characters, no spaces but the plain one. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const printableAscii = /^[ -~]*$/;

/** Who writes, as managedFields names it: what the client says, or how its program calls itself. */
export function managerNameOf({ query, headers }: ApiRequest): string {
  return query.get('fieldManager') || programOf(headers['user-agent'] ?? '') || 'unknown';
}

/** Clients come again, and call themselves the same. */
const namesKept = 256;
const names = new RecentCache<string, string>(namesKept);

function programOf(userAgent: string): string {
  let name = names.get(userAgent);
  if (name === undefined) {
    name = readProgram(userAgent);
    names.set(userAgent, name);
  }
  return name;
}

function readProgram(userAgent: string): string {
  const program = userAgent.split('/', 1)[0]!;
  if (program.length <= fieldManagerMaxBytes && printableAscii.test(program)) return program;
  let name = '';
  for (const character of program) {
    if (!printable.test(character)) continue;
    if (utf8Length(name) + utf8Length(character) > fieldManagerMaxBytes) break;
    name += character;
  }
  return name;
}
