import { statusError } from '#machinery/status.ts';

const invalid = (why: string) =>
  statusError.badRequest(`invalid continue token: continue key is not valid: ${why}`);

/** The place where a list goes on, in the form upstream gives it (apiserver storage: continueToken). */
export function encodeContinue(revision: number, start: string, prefix: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: start.slice(prefix.length) };
  return base64Url(JSON.stringify(token));
}

/** Revision -1: go on with the state of now. Throws BadRequest. */
export function decodeContinue(text: string, prefix: string): { revision: number; start: string } {
  let token: unknown;
  try {
    token = JSON.parse(fromBase64Url(text));
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (typeof token !== 'object' || token === null) throw invalid('not an object');
  const { v, rv, start } = token as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== 'meta.k8s.io/v1')
    throw invalid(`server does not recognize this encoded version ${showVersion(v)}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  if (!isClean(start)) throw invalid(start);
  return { revision: rv, start: prefix + start };
}

function showVersion(version: unknown): string {
  return typeof version === 'string' ? version : '';
}

/** Nothing in it leads to another place than it says. */
function isClean(start: string): boolean {
  const parts = start.replace(/^\//, '').split('/');
  return parts.every(part => part !== '' && part !== '.' && part !== '..');
}

function base64Url(text: string): string {
  return new TextEncoder().encode(text).toBase64({ alphabet: 'base64url', omitPadding: true });
}

function fromBase64Url(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet: 'base64url' }));
}
