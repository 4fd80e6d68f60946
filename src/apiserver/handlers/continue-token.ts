import { DecodeError } from '#machinery/decode-error.ts';
import { parseJson } from '#machinery/json-decode.ts';
import { isObject } from '#machinery/patch/json-object.ts';
import { statusError } from '#machinery/status.ts';

const invalid = (why: string) =>
  statusError.badRequest(`invalid continue token: continue key is not valid: ${why}`);

/** The place where a list goes on, in the form upstream gives it (apiserver storage: continueToken). */
export function encodeContinue(revision: number, start: string, prefix: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: `/${start.slice(prefix.length)}` };
  return base64Url(JSON.stringify(token));
}

/** Revision -1: go on with the state of now. Throws BadRequest. */
export function decodeContinue(text: string, prefix: string): { revision: number; start: string } {
  const token = parseToken(text) ?? {};
  if (!isObject(token)) throw invalid('json: cannot unmarshal into Go value of type storage.continueToken');
  const { v, rv, start } = token;
  if (v !== 'meta.k8s.io/v1')
    throw invalid(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  if (!isClean(start)) throw invalid(start);
  return { revision: rv, start: prefix + start.replace(/^\//, '') };
}

function parseToken(text: string): unknown {
  const bad = /[^\w-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : -1);
  if (bad >= 0) throw invalid(`illegal base64 data at input byte ${bad}`);
  try {
    return parseJson(fromBase64Url(text));
  } catch (error) {
    throw error instanceof DecodeError ? invalid(error.message) : error;
  }
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
