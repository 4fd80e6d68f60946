import type { ParamKind, ParamRef } from '#api/generated/types/admissionregistration.v1.ts';
import { type KubeObject, apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import { type Catalog, type ServedResource, fromStorage } from '../../resources/served.ts';

/** A policy or a binding that cannot be carried out as it is; the failure policy decides. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The resource of a policy's parameters; undefined where it has none. Throws ConfigurationError. */
export function paramResource(catalog: Catalog, kind: ParamKind | undefined): ServedResource | undefined {
  if (!kind) return undefined;
  const { group, version } = parseApiVersion(kind.apiVersion ?? '');
  const served = catalog.findKind(group, version, kind.kind ?? '');
  if (served) return served;
  throw new ConfigurationError(
    `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind.kind}'`,
  );
}

/** What a binding's policy is evaluated with, once each; undefined is no parameters. Throws ConfigurationError. */
export async function collectParams(
  served: ServedResource | undefined,
  ref: ParamRef | undefined,
  namespace: string,
): Promise<readonly (KubeObject | undefined)[]> {
  if (!served || !ref) return [undefined];
  const prefix = keyPrefix(served, ref, namespace);
  const found = ref.name ? named(served, prefix + ref.name) : selected(served, prefix, ref);
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  const { group, kind } = served.definition;
  const apiVersion = apiVersionOf({ group, version: served.version.version });
  return Promise.all(
    found.map(async object => ({ ...(await fromStorage(served, object)), apiVersion, kind })),
  );
}

function keyPrefix({ definition }: ServedResource, ref: ParamRef, namespace: string): string {
  if (!definition.namespaced) {
    if (!ref.namespace) return '';
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const chosen = ref.namespace || namespace;
  if (chosen) return `${chosen}/`;
  throw new ConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
}

function named({ cache }: ServedResource, key: string): KubeObject[] {
  const entry = cache.get(key);
  return entry ? [entry.object] : [];
}

function selected({ cache }: ServedResource, prefix: string, { selector }: ParamRef): KubeObject[] {
  const parsed = parseSelectorObject(selector);
  return cache
    .list(prefix, '', 0)
    .entries.map(({ object }) => object)
    .filter(({ metadata }) => parsed.matches(metadata.labels));
}
