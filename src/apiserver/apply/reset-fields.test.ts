import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInResources } from '#api/registry.ts';
import { fieldElement } from '#machinery/fields/element.ts';
import { pathsOf, setOf } from '#machinery/fields/field-set.ts';
import type { ServedResource } from '../resources/served.ts';
import { bucketOf } from '../resources/storage-key.ts';
import { fieldFilterOf } from './reset-fields.ts';

function served(resource: string): ServedResource {
  const stored = builtInResources.find(definition => definition.resource === resource)!;
  return { stored, version: stored.versions[0]!, bucket: bucketOf(stored) } as unknown as ServedResource;
}

const elements = (path: string) =>
  path.split('.').map(name => (name === '#' ? 'k:{"name":"c"}' : fieldElement(name)));

/** What of `paths` a write of a subresource reaches. */
function reached(resource: string, subresource: string, ...paths: string[]): string[] {
  const set = fieldFilterOf(served(resource), subresource)(setOf(...paths.map(elements)));
  const left = [...pathsOf(set)].map(path => path.join('/'));
  return paths.filter(path => left.includes(elements(path).join('/')));
}

describe('the fields that a write reaches', () => {
  const cases: readonly [string, string, readonly string[], readonly string[]][] = [
    ['configmaps', '', ['data', 'metadata.labels'], []],
    ['deployments', '', ['spec.replicas', 'metadata.labels.a'], ['status.replicas', 'status']],
    [
      'deployments',
      'status',
      ['status.replicas', 'metadata.annotations.a'],
      ['spec.replicas', 'metadata.labels.a'],
    ],
    ['pods', 'status', ['status.phase', 'metadata.labels.a'], ['spec.nodeName', 'metadata.ownerReferences']],
    ['pods', 'ephemeralcontainers', ['spec.ephemeralContainers.#.name', 'metadata.labels.a'], []],
    ['pods', 'resize', ['spec.containers.#.resources.limits', 'spec.containers.#.image'], []],
    ['namespaces', 'finalize', ['spec.finalizers'], ['status.phase']],
    ['certificatesigningrequests', '', ['metadata.labels.a'], ['spec.request', 'status.certificate']],
    ['certificatesigningrequests', 'approval', ['status.conditions'], ['status.certificate', 'spec.request']],
    ['certificatesigningrequests', 'status', ['status.certificate'], ['status.conditions']],
    ['resourceclaims', 'status', ['status.allocation'], ['metadata.labels.a', 'spec.devices']],
  ];
  for (const [resource, subresource, reaches, resets] of cases) {
    it(`by ${resource}${subresource ? `/${subresource}` : ''}`, () => {
      assert.deepEqual(reached(resource, subresource, ...reaches, ...resets), reaches);
    });
  }
});
