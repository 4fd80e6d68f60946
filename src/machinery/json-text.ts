import { Pace, type Steps } from '#base/steps.ts';

const plainText = /^[ !#-[\]-~]*$/;

/** A string as JSON.stringify writes it, for those who put texts together. */
export function quoteJson(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A member of an object as JSON.stringify writes it, with a comma before it; '' for what it leaves out. */
export function memberJson(name: string, value: unknown): string {
  const json = typeof value === 'string' ? quoteJson(value) : JSON.stringify(value);
  return json === undefined ? '' : `,${quoteJson(name)}:${json}`;
}

/** So many members and items are written in a step. */
const textPace = 1024;

/** As JSON.stringify, in steps, of a value that does not change any more: what is written is frozen. */
export function* frozenJson(value: unknown, pace = new Pace(textPace)): Steps<string | undefined> {
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value)
    ? yield* itemsJson(value, pace)
    : yield* membersJson(value as Record<string, unknown>, pace);
}

function* itemsJson(items: readonly unknown[], pace: Pace): Steps<string> {
  let json = '';
  for (const item of items) {
    if (pace.isDue) yield;
    json += `${json === '' ? '' : ','}${(yield* frozenJson(item, pace)) ?? 'null'}`;
  }
  Object.freeze(items);
  return `[${json}]`;
}

function* membersJson(members: Readonly<Record<string, unknown>>, pace: Pace): Steps<string> {
  let json = '';
  for (const name of Object.keys(members)) {
    if (pace.isDue) yield;
    const text = yield* frozenJson(members[name], pace);
    if (text !== undefined) json += `${json === '' ? '' : ','}${quoteJson(name)}:${text}`;
  }
  Object.freeze(members);
  return `{${json}}`;
}
