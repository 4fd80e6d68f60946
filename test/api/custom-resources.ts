import assert from 'node:assert/strict';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '#api/generated/types/apiextensions.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { WireAnswer, WireRequest, WiredCluster } from './wire.ts';

export const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export type Custom = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

export const boatSchema: JSONSchemaProps = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['color'],
      properties: {
        color: { type: 'string', enum: ['red', 'blue'] },
        masts: { type: 'integer', minimum: 0, default: 1 },
        crew: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'string' },
        },
      },
    },
    status: { type: 'object', properties: { masts: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

export const boats = '/apis/example.com/v1/namespaces/default/boats';

export function boat(name: string, spec: object = { color: 'red' }, version = 'v1'): object {
  return { apiVersion: `example.com/${version}`, kind: 'Boat', metadata: { name }, spec };
}

export function versionOf(
  name: string,
  openAPIV3Schema: JSONSchemaProps,
  more: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion {
  return { name, served: true, storage: name === 'v1', schema: { openAPIV3Schema }, ...more };
}

export function definitionOf(
  kind: string,
  versions: CustomResourceDefinitionVersion[],
  more: Partial<CustomResourceDefinitionSpec> = {},
): CustomResourceDefinition {
  const { names, ...spec } = more;
  const plural = names?.plural ?? `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', versions, ...spec, names: { plural, kind, ...names } },
  };
}

/** What tests of custom resources do on a cluster's wire. */
export class CustomCluster {
  readonly #wired: WiredCluster;

  constructor(wired: WiredCluster) {
    this.#wired = wired;
  }

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: WireRequest['headers'] = {},
  ): Promise<WireAnswer> {
    return this.#wired.send({ method, path, headers, ...(body === undefined ? {} : { body }) });
  }

  async ok(method: string, path: string, body?: unknown, headers?: WireRequest['headers']): Promise<Custom> {
    const answer = await this.send(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json as unknown as Custom;
  }

  merge(path: string, patch: object): Promise<WireAnswer> {
    return this.send('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' });
  }

  async until<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
    for (let i = 0; i < 3_000; i++) {
      const value = await probe();
      if (value) return value;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    assert.fail('it did not come to pass');
  }

  condition(name: string, type: string): Promise<string | undefined> {
    return this.ok('GET', `${crdsPath}/${name}`).then(object => {
      const { status } = object as unknown as CustomResourceDefinition;
      const found = status?.conditions?.find(condition => condition.type === type);
      return found && `${found.status} ${found.reason}: ${found.message}`;
    });
  }

  /** Creates a definition and waits until it is established. */
  async define(crd: CustomResourceDefinition): Promise<void> {
    await this.ok('POST', crdsPath, crd);
    await this.established(crd.metadata.name!);
  }

  async established(name: string): Promise<void> {
    await this.until(async () => (await this.condition(name, 'Established'))?.startsWith('True'));
  }

  /** Deletes a definition and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.send('DELETE', `${crdsPath}/${name}`);
    await this.until(async () => (await this.send('GET', `${crdsPath}/${name}`)).status === 404);
  }

  /** Does the work while the definition is served. */
  async whileDefined(crd: CustomResourceDefinition, work: () => Promise<void>): Promise<void> {
    await this.define(crd);
    try {
      await work();
    } finally {
      await this.remove(crd.metadata.name!);
    }
  }

  /** What a request that is invalid is refused for, field by field. */
  async problems(method: string, path: string, body: unknown): Promise<string[]> {
    const { status, json } = await this.send(method, path, body);
    assert.equal(status, 422, JSON.stringify(json));
    return json.details!.causes!.map(cause => `${cause.field}: ${cause.message}`);
  }
}
