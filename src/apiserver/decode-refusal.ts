import { goQuote } from '#machinery/go-json.ts';
import { apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { SchemaRegistry } from '#api/schemas.ts';

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What a body is to be. */
export interface Expected extends Kind {
  readonly apiVersion: string;
}

/** What a body says that it is. */
export interface Claim {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

const summaryLengthMax = 30;
/** Where upstream keeps the kinds it knows; part of its messages. Definitions are served by a server of their own. */
const scheme = 'pkg/api/legacyscheme/scheme.go:30';
const definitionScheme = 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55';

/** The body is so broken that it does not even say what it is. */
export function unrecognized(expected: Kind, message: string, body: Uint8Array): StatusError {
  return statusError.badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${message} (${summary(body)})`,
  );
}

function summary(body: Uint8Array): string {
  if (body.length === 0) return '<empty>';
  const head = body.subarray(0, summaryLengthMax);
  const isObject = body[0] === 0x7b;
  const shown = isObject ? new TextDecoder().decode(head) : head.toHex();
  return body.length > summaryLengthMax ? `${shown} ...` : shown;
}

/** The body says what it is, and cannot be that, or may not be sent here. */
export function unhandled(claim: Claim, expected: Kind, message: string): StatusError {
  const { version, kind } = claimed(claim, expected);
  return statusError.badRequest(
    `${kind} in version ${goQuote(version)} cannot be handled as a ${expected.kind}: ${message}`,
  );
}

/** What a claim comes to, with what it leaves out taken from what is expected. */
function claimed({ apiVersion, kind }: Claim, expected: Kind): Kind {
  const said = typeof apiVersion === 'string' && apiVersion !== '' ? parseApiVersion(apiVersion) : expected;
  return {
    group: said.group,
    version: said.version,
    kind: typeof kind === 'string' && kind !== '' ? kind : expected.kind,
  };
}

/** Most bodies say just what they are to. */
function isPlainly({ kind, apiVersion }: Claim, expected: Expected): boolean {
  return kind === expected.kind && apiVersion === expected.apiVersion;
}

/** Why an object of another kind than expected is not taken; undefined when it is of that kind. */
export function mismatch(
  { schemas }: { readonly schemas: SchemaRegistry },
  claim: Claim,
  expected: Expected,
): string | undefined {
  if (isPlainly(claim, expected)) return undefined;
  const found = claimed(claim, expected);
  if (found.kind === expected.kind && apiVersionOf(found) === apiVersionOf(expected)) return undefined;
  if (!schemas.schemaOfKind(found.group, found.version, found.kind)?.native) {
    const version = goQuote(apiVersionOf(found));
    const where = expected.group === 'apiextensions.k8s.io' ? definitionScheme : scheme;
    return `no kind ${goQuote(found.kind)} is registered for version ${version} in scheme ${JSON.stringify(where)}`;
  }
  if (found.kind !== expected.kind) {
    const into = expected.group === '' ? 'core' : expected.group.split('.')[0];
    return `converting (${found.version}.${found.kind}) to (${into}.${expected.kind}): unknown conversion`;
  }
  return undefined;
}

/** A body of the right kind, in a version that is served elsewhere. */
export function checkVersion(claim: Claim, expected: Expected): void {
  if (isPlainly(claim, expected)) return;
  const found = apiVersionOf(claimed(claim, expected));
  if (found !== apiVersionOf(expected)) throw wrongVersion(found, expected);
}

export function wrongVersion(found: string, expected: Kind): StatusError {
  return statusError.badRequest(
    `the API version in the data (${found}) does not match the expected API version (${apiVersionOf(expected)})`,
  );
}
