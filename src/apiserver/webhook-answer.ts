import { type SchemaRegistry, everywhere, unversioned } from '#api/schemas.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { decodeChecked, parseJson } from '#machinery/json-decode.ts';
import { goValueName } from '#machinery/normalize.ts';
import { apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import { parseYaml } from '#machinery/yaml.ts';

/** The kind of review that a webhook answers, and the version that it was asked in. */
export interface ReviewType {
  readonly group: 'admission.k8s.io' | 'apiextensions.k8s.io' | 'authorization.k8s.io' | 'imagepolicy.k8s.io';
  readonly version: string;
  readonly kind: string;
}

/** What upstream's clients of webhooks call the scheme that knows reviews alone. */
const scheme = '"k8s.io/apiserver/pkg/util/webhook/client.go:71"';
const versions = ['v1', 'v1beta1'];
const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The review that a webhook has answered, in JSON or YAML. What names no kind is taken for one. Throws DecodeError. */
export function decodeReview<T>(schemas: SchemaRegistry, body: string, type: ReviewType): T {
  const value = parsed(body);
  const { apiVersion = apiVersionOf(type), kind = type.kind } = value as {
    apiVersion?: string;
    kind?: string;
  };
  checkKind(schemas, apiVersion, kind, type);
  const schema = schemas.schemaOfKind(type.group, type.version, type.kind)!;
  return decodeChecked<T>(value, schema, 'Ignore').object;
}

function parsed(body: string): object {
  const value: unknown = body.trimStart().startsWith('{') ? json(body) : parseYaml(body);
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw unknownKind(`json: cannot unmarshal ${goValueName(value)} into Go value of type ${typeMeta}`);
}

function json(body: string): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unknownKind(error.message);
  }
}

function unknownKind(why: string): DecodeError {
  return new DecodeError(`couldn't get version/kind; json parse error: ${why}`);
}

function checkKind(schemas: SchemaRegistry, apiVersion: string, kind: string, type: ReviewType): void {
  const { group, version } = parseApiVersion(apiVersion);
  if (group === type.group && version === type.version && kind === type.kind) return;
  const isOfGroup = group === type.group && versions.includes(version);
  // Whoever asks the operator's own servers knows all kinds, and not reviews alone.
  const knowsAll = type.group === 'authorization.k8s.io' || type.group === 'imagepolicy.k8s.io';
  const isKnown = knowsAll
    ? schemas.schemaOfKind(group, version, kind) !== undefined
    : isOfGroup
      ? kind === type.kind || everywhere.has(kind)
      : apiVersion === 'v1' && unversioned.has(kind);
  if (isKnown) {
    const [from, to] = [`${version}.${kind}`, `${type.version}.${type.kind}`];
    throw new DecodeError(`converting (${from}) to (${to}): unknown conversion`);
  }
  const [quotedKind, quotedVersion] = [kind, apiVersion].map(text => JSON.stringify(text));
  throw new DecodeError(
    `no kind ${quotedKind} is registered for version ${quotedVersion} in scheme ${scheme}`,
  );
}
